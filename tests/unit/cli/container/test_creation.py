"""Creating."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def test_the_id_file_must_be_new(hutch: Any, engine: Any, tmp_path: Path) -> None:
    engine.on("POST /containers/create", {"Id": "abc"}, status=201)
    path = tmp_path / "id"
    assert hutch("create", "--cidfile", str(path), "x")[0] == 0
    assert path.read_text() == "abc"
    assert engine.body()["HostConfig"]["ContainerIDFile"] == str(path)
    code, _, text = hutch("create", "--cidfile", str(path), "x")
    assert code == 1 and text.startswith("container ID file found")
    code, _, text = hutch("run", "--cidfile", str(path), "x")
    assert code == 125 and text.startswith("hutch: container ID file found")
    assert path.read_text() == "abc"


def test_no_id_file_stays_of_a_container_that_was_not_made(hutch: Any, engine: Any, tmp_path: Path) -> None:
    engine.on("POST /containers/create", {"message": "no"}, status=400)
    assert hutch("create", "--cidfile", f"{tmp_path}/id", "x")[0] == 1
    assert not (tmp_path / "id").exists()
    text = hutch("create", "--cidfile", f"{tmp_path}/no/id", "x")[2]
    assert text == (f"failed to create the container ID file: open {tmp_path}/no/id: no such file or directory\n")


def test_an_image_of_another_platform_is_pulled_as_one_that_is_missing(hutch: Any, engine: Any) -> None:
    reason = "image with reference x was found but does not match the specified platform"
    engine.on("POST /containers/create", {"message": reason}, status=404)
    engine.on("POST /images/create", {"status": "pulled"})
    code, _, text = hutch("create", "--platform", "linux/arm64", "x")
    assert code == 1 and text.startswith("Unable to find image 'x:latest' locally\n")
    assert [target.partition("?")[0] for target in engine.targets()].count("POST /images/create") == 1


def test_names_that_no_image_can_have_are_told_without_the_engine(hutch: Any, engine: Any) -> None:
    assert hutch("create", "") == (1, "", "invalid reference format\n")
    engine.on("POST /containers/create", {"message": "invalid reference format: must be lowercase"}, status=400)
    assert hutch("create", "X") == (1, "", "invalid reference format: must be lowercase\n")
    assert hutch("run", "X")[2].startswith("hutch: invalid reference format: must be lowercase\n\n")
    text = hutch("create", "--platform", "a/b/c/d", "x")[2]
    assert text.startswith("error parsing specified platform: ")


def test_what_will_not_work_as_one_may_think_is_said(hutch: Any, engine: Any) -> None:
    engine.on("POST /containers/create", {"Id": "abc"}, status=201)
    said = hutch("create", "--dns", "127.0.0.53", "--kernel-memory", "10m", "x")[2]
    assert [line.partition(" ")[0] for line in said.splitlines()] == ["WARNING:"] * 2
    assert "Localhost DNS (127.0.0.53) may fail in containers." in said
    assert hutch("create", "--dns", "1.1.1.1", "x")[2] == ""


def test_signatures_are_not_checked_and_flags_for_windows_have_no_effect(hutch: Any, engine: Any) -> None:
    engine.on("POST /containers/create", {"Id": "abc"}, status=201)
    assert hutch("create", "--disable-content-trust", "x")[0] == 0
    code, _, text = hutch("create", "--disable-content-trust=false", "x")
    assert code == 125 and "is not supported by hutch yet" in text
    code, _, text = hutch("create", "--cpu-count", "1", "x")
    assert code == 1 and text.startswith('"--cpu-count" is only supported on a Docker daemon running on windows')
