"""``hutch cp`` against a scripted engine; what it does to files is in the end-to-end tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hutch.model.tar import write
from hutch.model.tar.reader import Reader


def test_arguments(engine: Any, hutch: Any) -> None:
    assert hutch("cp", "a:/x", "b:/y")[::2] == (1, "copying between containers is not supported\n")
    assert hutch("cp", "a", "b")[::2] == (1, "must specify at least one container source\n")
    assert hutch("cp", "", "b:/x")[::2] == (1, "source can not be empty\n")
    assert hutch("cp", "b:/x", "")[::2] == (1, "destination can not be empty\n")
    assert hutch("cp", "b:/x", "/dev/null")[2].endswith("must be a directory or a regular file: got a device\n")
    assert hutch("cp", "b:/x", "/no/such/f")[::2] == (
        1, 'invalid output path: directory "/no/such" does not exist\n'
    )  # fmt: skip
    assert engine.targets() == []


def test_out_to_standard_output(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/archive", b"tar")
    assert hutch("cp", "a:/x y", "-") == (0, "tar", "")
    assert engine.targets() == ["GET /containers/a/archive?path=/x%20y"]
    assert hutch("cp", "b:/x", "-")[0] == 1


def test_into_a_name_that_is_not_there(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("HEAD /containers/a/archive", None, 404)
    engine.on("PUT /containers/a/archive", None)
    (tmp_path / "f").write_text("text")
    assert hutch("cp", "-a", str(tmp_path / "f"), "a:/d/new") == (0, "", "")
    assert engine.targets()[1:] == [
        "PUT /containers/a/archive?path=/d&noOverwriteDirNonDir=true&copyUIDGID=true"
    ]  # fmt: skip
    assert [e.name for e in Reader([engine.asked[-1][2]])] == [b"new"]
    assert hutch("cp", "-", "a:/d/new")[::2] == (1, 'destination "a:/d/new" must be a directory\n')
    assert engine.asked[1][2].endswith(write.END)
