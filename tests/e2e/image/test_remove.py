"""``rmi``: what it takes away, what it refuses, and in which words."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest

from support import boxes
from support.client import Client

pytestmark = pytest.mark.compat
NAME = f"e2e-rmi-{os.getpid()}"


@pytest.fixture
def image(cli: Client) -> Iterator[str]:
    """The id of an image of one small layer, named ``NAME:1``."""
    cli("import", "-", f"{NAME}:1", text=boxes.layer({"a": f"{cli.tool} {os.urandom(4).hex()}"})).ok()
    yield cli("inspect", "-f", "{{.Id}}", f"{NAME}:1").ok()
    for row in cli.engine.api("GET", "/images/json?all=1")[1]:
        if any(NAME in name for name in row["RepoTags"] or []):
            cli.engine.api("DELETE", f"/images/{row['Id']}?force=1")


def test_names_first(cli: Client, image: str) -> None:
    cli("tag", f"{NAME}:1", f"{NAME}:2").ok()
    assert cli("rmi", f"{NAME}:2").ok() == f"Untagged: {NAME}:2"
    said = cli("rmi", f"{NAME}:1").ok().split("\n")
    assert said[:2] == [f"Untagged: {NAME}:1", f"Deleted: {image}"]
    assert len(said) == 3 and re.fullmatch("Deleted: sha256:[0-9a-f]{64}", said[2])
    cli("rmi", f"{NAME}:1").fails(1, f"Error(?: response from daemon)?: No such image: {NAME}:1")
    assert cli("rmi", "-f", f"{NAME}:1").code == 0


def test_by_id(cli: Client, image: str) -> None:
    short = image[7:19]
    cli("tag", f"{NAME}:1", f"{NAME}:2").ok()
    said = cli("rmi", short).fails(1)
    assert said == (
        f"Error response from daemon: conflict: unable to delete {short} (must be forced)"
        " - image is referenced in multiple repositories\n"
    )
    done = cli("rmi", "-f", short).ok().split("\n")
    assert done[:3] == [f"Untagged: {NAME}:1", f"Untagged: {NAME}:2", f"Deleted: {image}"]


def test_by_id_with_one_name(cli: Client, image: str) -> None:
    assert cli("rmi", image[7:15]).ok().split("\n")[:2] == [f"Untagged: {NAME}:1", f"Deleted: {image}"]


def test_used_by_a_container(cli: Client, image: str) -> None:
    short, box = image[7:19], cli.name()
    container = cli("create", "--name", box, f"{NAME}:1", "/a").ok()[:12]
    used = f"container {container} is using its referenced image {short}"
    refused = f'conflict: unable to remove repository reference "{NAME}:1" (must force) - {used}'
    assert cli("rmi", f"{NAME}:1").fails(1) == f"Error response from daemon: {refused}\n"
    assert cli("rmi", short).fails(1) == (
        f"Error response from daemon: conflict: unable to delete {short} (must be forced)"
        f" - image is being used by stopped container {container}\n"
    )
    cli("tag", f"{NAME}:1", f"{NAME}:2").ok()
    assert cli("rmi", f"{NAME}:2").ok() == f"Untagged: {NAME}:2"
    done = cli("rmi", "-f", f"{NAME}:1").ok().split("\n")
    assert done[:2] == [f"Untagged: {NAME}:1", f"Deleted: {image}"]
    cli("rm", box).ok()


def test_used_by_a_running_one(cli: Client, image: str) -> None:
    box, name = cli.name(), f"{NAME}-run:1"
    cli("tag", cli.engine.image, name).ok()
    container = cli("run", "-d", "--name", box, "--network", "none", name, "sleep", "1000").ok()[:12]
    identifier = cli("inspect", "-f", "{{.Id}}", name).ok()
    short = identifier[7:19]
    assert cli("rmi", name).ok() == f"Untagged: {name}"
    assert cli("rmi", "-f", short).fails(1) == (
        f"Error response from daemon: conflict: unable to delete {short} (cannot be forced)"
        f" - image is being used by running container {container}\n"
    )
    cli("rm", "-f", box).ok()


def test_several_and_what_is_not_there(cli: Client, image: str) -> None:
    result = cli("rmi", "no-such-image", f"{NAME}:1", "sha256:" + "0" * 64)
    assert result.code == 1 and result.out.startswith(f"Untagged: {NAME}:1\nDeleted: ")
    assert f"No such image: no-such-image{':latest' if cli.since(23) else ''}\n" in result.err
    assert f"No such image: sha256:{'0' * 64}\n" in result.err
    cli("rmi", "UPPER").fails(1, "invalid reference format: repository name \\(library/UPPER\\) must be lowercase")
