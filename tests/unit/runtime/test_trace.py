import json
from pathlib import Path

from hutch.runtime import trace
from hutch.runtime.arguments import parse
from hutch.runtime.commands import create, spec


def test_the_command_and_the_steps_of_its_container(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(spec.default()))
    lines = trace.lines("create", parse(["--no-pivot", "-b", str(tmp_path), "c1"], create.OPTIONS))
    assert lines[0] == f"create --no-pivot --bundle={tmp_path} c1"
    assert any(line.startswith("mount: mount proc") for line in lines)
    assert lines[-1] == "exec: execute sh"


def test_a_bundle_that_is_not_there_is_left_to_the_command() -> None:
    assert trace.lines("create", parse(["-b", "/nowhere", "c1"], create.OPTIONS)) == ["create --bundle=/nowhere c1"]
