"""``hutch fsck`` against a scripted engine."""

from __future__ import annotations

import json
from typing import Any

DAMAGE = {"Kind": "blob", "Subject": "sha256:1", "What": "missing", "Images": ["a:1", "b"]}


def lines(*items: Any) -> bytes:
    return b"\r\n".join(json.dumps(item).encode() for item in items)


def summary(found: int, mended: int) -> Any:
    return {"summary": {"Images": 2, "Layers": 3, "Found": found, "Mended": mended}}


def test_exit_codes_are_fsck_s(engine: Any, hutch: Any) -> None:
    engine.on("POST /hutch/fsck", lines({"status": "Checking", "id": "x"}, summary(0, 0)))
    assert hutch("fsck") == (0, "2 images and 3 layers: no damage\n", "")
    engine.on("POST /hutch/fsck", lines({"damage": DAMAGE}, {"mended": DAMAGE}, summary(1, 1)))
    code, out, _ = hutch("system", "fsck", "--repair")
    assert (code, out.splitlines()[:2]) == (1, ["blob sha256:1: missing [a:1, b]", "mended: blob sha256:1"])
    assert engine.targets()[-1].endswith("repair=1")
    engine.on("POST /hutch/fsck", lines({"damage": DAMAGE}, {"left": {**DAMAGE, "Why": "so"}}, summary(1, 0)))
    code, out, _ = hutch("fsck")
    assert (code, out.splitlines()[1:]) == (
        4, ["left: blob sha256:1: so", "2 images and 3 layers: 1 damaged, 0 mended"]
    )  # fmt: skip
    engine.on("POST /hutch/fsck", lines({"error": "disk on fire"}))
    assert hutch("fsck") == (8, "", "disk on fire\n")
    engine.on("POST /hutch/fsck", {"message": "no"}, 500)
    assert hutch("fsck")[0] == 8
