from pathlib import Path

import pytest

from hutch.model.errors import Conflict
from hutch.runtime import state
from hutch.runtime.arguments import parse
from hutch.runtime.commands import start


def test_a_stopped_container_is_not_started(tmp_path: Path) -> None:
    state.make_folder(str(tmp_path), "x")
    state.Container(str(tmp_path), "x", {"pid": 2**22 + 5, "startTime": 1}).save()
    with pytest.raises(Conflict, match="has stopped"):
        start.run(str(tmp_path), parse(["x"], start.OPTIONS))
