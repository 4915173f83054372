"""``state``: print a container's state (runtime-spec, runtime.md, State)."""

from __future__ import annotations

import json
import sys

from hutch.runtime import state
from hutch.runtime.arguments import Options, Parsed

OPTIONS = Options()


def run(root: str, parsed: Parsed) -> int:
    """Print it as JSON."""
    container = state.load(root, parsed.the_id())
    sys.stdout.write(json.dumps(container.to_oci(), indent=2))
    return 0
