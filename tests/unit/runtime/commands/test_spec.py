import json
from pathlib import Path

import pytest

from hutch.model.errors import Conflict, NotFound
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
    with pytest.raises(NotFound):
        spec.run("", parse(["-b", str(tmp_path / "none")], spec.OPTIONS))


def test_a_rootless_config_maps_its_maker_and_limits_nothing(tmp_path: Path) -> None:
    config = spec.rootless(1000, 1001)
    assert plan.build(config, [], Shape.of(config, "x"))
    assert config["linux"]["uidMappings"] == [{"containerID": 0, "hostID": 1000, "size": 1}]
    assert config["linux"]["gidMappings"] == [{"containerID": 0, "hostID": 1001, "size": 1}]
    assert "resources" not in config["linux"]
    assert {"type": "network"} not in config["linux"]["namespaces"]
    assert next(m for m in config["mounts"] if m["destination"] == "/sys")["source"] == "/sys"
