import json
from pathlib import Path

import pytest

from hutch.runtime import state as states
from hutch.runtime.arguments import parse
from hutch.runtime.commands import state


def test_the_state_is_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    states.make_folder(str(tmp_path), "x")
    data = {"pid": 2**22 + 5, "startTime": 1, "bundle": "/b", "rootfs": "/r", "created": "then", "annotations": {}}
    states.Container(str(tmp_path), "x", data).save()
    assert state.run(str(tmp_path), parse(["x"], state.OPTIONS)) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "stopped"
