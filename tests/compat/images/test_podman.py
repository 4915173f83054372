"""Images go to podman and come from it, and stay what they were."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from compat.images import archives
from support import boxes
from support.client import Client

if TYPE_CHECKING:
    from compat.images.conftest import Podman

NAME = "localhost/hutch-compat-whole:1"


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
def test_to_podman(hutch: Client, podman: Podman, kind: str) -> None:
    archive = archives.whole(NAME)
    hutch("load", text=archive).ok()
    podman("load", text=archives.wrap(hutch("save", NAME).raw, kind))
    assert podman.identifier(NAME) == boxes.image_id(archive)


def test_the_layout_alone_to_podman(hutch: Client, podman: Podman) -> None:
    archive = archives.whole(NAME)
    hutch("load", text=archive).ok()
    podman("load", text=archives.layout(hutch("save", NAME).raw))
    assert boxes.image_id(archive).removeprefix("sha256:") in podman("images", "-q", "--no-trunc").decode()
    podman("rmi", "-f", boxes.image_id(archive).removeprefix("sha256:"))


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
def test_a_docker_archive_from_podman(hutch: Client, podman: Podman, kind: str) -> None:
    archive = archives.whole(NAME)
    podman("load", text=archive)
    saved = podman("save", "--format", "docker-archive", NAME)
    assert hutch("load", text=archives.wrap(saved, kind)).ok() == f"Loaded image: {NAME}"
    assert hutch.inspect(NAME)["Id"] == podman.identifier(NAME) == boxes.image_id(archive)


def test_a_layout_from_podman(hutch: Client, podman: Podman) -> None:
    """podman writes the config anew in this form; what counts is the config that the archive has."""
    podman("load", text=archives.whole(NAME))
    saved = podman("save", "--format", "oci-archive", NAME)
    files = archives.members(saved)
    manifest = json.loads(files[archives.path(json.loads(files["index.json"])["manifests"][0]["digest"])])
    hutch("load", text=saved).ok()
    found = hutch.inspect(manifest["config"]["digest"])
    assert found["Id"] == manifest["config"]["digest"]
    assert found["Config"]["Cmd"] == archives.CONFIG["Cmd"]
    assert found["RepoTags"] == [NAME]


def test_several_images_from_podman(hutch: Client, podman: Podman) -> None:
    other = "localhost/hutch-compat-other:2"
    podman("load", text=archives.whole(NAME))
    podman("load", text=boxes.archive(other, [boxes.busybox_layer(), boxes.layer({"x": "y"})]))
    hutch("load", text=podman("save", "-m", "--format", "docker-archive", NAME, other)).ok()
    for name in (NAME, other):
        assert hutch.inspect(name)["Id"] == podman.identifier(name)


def test_a_container_runs_from_an_image_of_podman(hutch: Client, podman: Podman) -> None:
    podman("load", text=archives.whole(NAME))
    hutch("load", text=podman("save", NAME)).ok()
    run = ("run", "--rm", "--network", "none", "--entrypoint", "cat", NAME, "/srv/new")
    assert hutch(*run).ok() == "5"
