"""``version``."""

from __future__ import annotations

import hutch
from hutch.engine.version import API, version


def test_the_answer() -> None:
    out = version("1.24")
    assert (out["ApiVersion"], out["MinAPIVersion"], out["Version"]) == (API, "1.24", hutch.__version__)
    assert out["Components"][0]["Details"]["MinAPIVersion"] == "1.24"
    assert out["Arch"] in ("amd64", "arm64")
