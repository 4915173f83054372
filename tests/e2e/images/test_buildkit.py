"""Archives that BuildKit writes are loaded as the images in them: what attests where they come from is no image."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from support import boxes, buildkit
from support.client import Client

NAME = f"docker.io/library/e2e-buildkit-{os.getpid()}:1"
SHORT = NAME.removeprefix("docker.io/library/")
SECOND = boxes.layer({"made": "by buildkit\n"})


@pytest.fixture(autouse=True)
def removed(cli: Client) -> Iterator[None]:
    before = rows(cli)
    yield
    cli("rmi", "-f", SHORT)
    assert rows(cli) == before


def rows(cli: Client) -> list[str]:
    return sorted(cli("images", "-a", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").ok().splitlines())


def box(files: buildkit.Files) -> buildkit.Json:
    return buildkit.image(files, [boxes.busybox_layer(), SECOND], config={"Env": [boxes.PATH], "Cmd": ["cat", "/made"]})


def config_of(files: buildkit.Files, image: buildkit.Json) -> str:
    manifest = json.loads(files["blobs/" + image["digest"].replace(":", "/")])
    return str(manifest["config"]["digest"])


@pytest.mark.parametrize("attested", [True, False])
def test_a_layout(cli: Client, attested: bool) -> None:
    files: buildkit.Files = {}
    image = box(files)
    before = rows(cli)
    loaded = cli("load", text=buildkit.archive(NAME, files, [image], attested=attested)).ok()
    assert loaded == f"Loaded image: {SHORT}"
    assert rows(cli) == sorted([*before, f"{SHORT} {config_of(files, image)}"])
    assert cli("run", "--rm", "--network", "none", SHORT).ok() == "by buildkit"
    assert len(cli("history", "-q", SHORT).ok().splitlines()) == 2
    saved = cli("save", SHORT).raw
    cli("rmi", SHORT).ok()
    assert cli("load", text=saved).ok() == f"Loaded image: {SHORT}"
    assert cli.inspect(SHORT)["Id"] == config_of(files, image)


def test_several_platforms(cli: Client) -> None:
    files: buildkit.Files = {}
    other = buildkit.image(files, [SECOND], "s390x")
    archive = buildkit.archive(NAME, files, [other, box(files)])
    assert cli("load", text=archive).ok() == f"Loaded image: {SHORT}"
    assert cli.inspect(SHORT)["Architecture"] == "amd64"
    assert cli("run", "--rm", "--network", "none", SHORT).ok() == "by buildkit"


def test_a_docker_archive(cli: Client) -> None:
    files: buildkit.Files = {}
    image = box(files)
    assert cli("load", text=buildkit.docker_archive(NAME, files, image)).ok() == f"Loaded image: {SHORT}"
    assert cli.inspect(SHORT)["Id"] == config_of(files, image)
    assert cli("run", "--rm", "--network", "none", SHORT).ok() == "by buildkit"


def test_an_attestation_alone_is_no_image(cli: Client) -> None:
    files: buildkit.Files = {}
    about = box(files)
    archive = buildkit.archive(NAME, files, [buildkit.attestation(files, about)], attested=False)
    assert cli("load", text=archive).ok() == ""
