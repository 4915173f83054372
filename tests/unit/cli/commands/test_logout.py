"""``hutch logout``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def test_logout(engine: Any, hutch: Any, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"auths": {"a.b": {"auth": ""}, "c.d": {"auth": ""}}}))
    assert hutch("--config", str(tmp_path), "logout", "a.b") == (0, "Removing login credentials for a.b\n", "")
    assert list(json.loads(file.read_text())["auths"]) == ["c.d"]
    assert (
        hutch("--config", str(tmp_path), "logout")[1] == "Removing login credentials for https://index.docker.io/v1/\n"
    )
    assert engine.asked == []
