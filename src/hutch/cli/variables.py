"""The environment's variables without importing ``os``, which takes as long as a round trip to the engine."""

from __future__ import annotations

import posix
import sys


def find(name: str) -> str | None:
    """The value of a variable, None if it is not set.

    Where ``os`` is imported already it is asked: only its mapping knows what this process has changed.
    """
    os = sys.modules.get("os")
    if os is not None:
        found: str | None = os.environ.get(name)
        return found
    code = sys.getfilesystemencoding()
    value = posix.environ.get(name.encode(code, "surrogateescape"))
    return None if value is None else value.decode(code, "surrogateescape")


def variable(name: str) -> str:
    """The value of a variable, ``""`` if it is not set."""
    return find(name) or ""


def pinned_version() -> str:
    """The version of the API that the user insists on (``DOCKER_API_VERSION``) as "1.30", ``""`` if none."""
    return variable("DOCKER_API_VERSION").removeprefix("v")
