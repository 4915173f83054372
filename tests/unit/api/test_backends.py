from __future__ import annotations

import pytest

from hutch.api.backends import Backends


def test_every_noun_must_be_given() -> None:
    with pytest.raises(TypeError, match="lifecycle"):
        Backends(  # type: ignore[call-arg]
            containers=None,
            execs=None,
            images=None,
            volumes=None,
            networks=None,
            system=None,  # type: ignore[arg-type]
        )
