import json
from pathlib import Path

import pytest

from hutch.model.errors import Conflict
from hutch.runtime import plan
from hutch.runtime.arguments import parse
from hutch.runtime.commands import spec
from hutch.runtime.shape import Shape


def test_the_written_config_can_be_planned_and_is_not_overwritten(tmp_path: Path) -> None:
    parsed = parse(["-b", str(tmp_path)], spec.OPTIONS)
    assert spec.run("", parsed) == 0
    config = json.loads((tmp_path / "config.json").read_text())
    assert plan.build(config, [], Shape.of(config, "x"))
    with pytest.raises(Conflict):
        spec.run("", parsed)
