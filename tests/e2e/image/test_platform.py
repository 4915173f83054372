"""``--platform`` of commands about images that are there: each image here is for one platform."""

from __future__ import annotations

import os
from pathlib import Path

from support import boxes
from support.client import Client

NAME = f"e2e-platform-{os.getpid()}"


def test_only_the_image_s_own_platform(cli: Client, tmp_path: Path) -> None:
    cli.needs(28)
    cli("import", "--platform", "linux/arm64", "-", f"{NAME}:1", text=boxes.layer({"a": "b"})).ok()
    identifier = cli("image", "inspect", "--platform", "linux/arm64", "-f", "{{.Id}}", f"{NAME}:1").ok()
    other = (
        rf"image with reference {NAME}:1 was found but its platform \(linux/arm64\) does not match the specified"
        r" platform \(linux/amd64\)"
    )
    for words in (["image", "inspect"], ["history"], ["save"], ["rmi"]):
        target = ["-o", f"{tmp_path}/x"] if words == ["save"] else []
        cli(*words, "--platform", "linux/amd64", *target, f"{NAME}:1").fails(1, other)
    assert "import" in cli("history", "--platform", "linux/arm64", f"{NAME}:1").ok().lower()
    saved = cli("save", "--platform", "linux/arm64", f"{NAME}:1").raw
    gone = cli("rmi", "--platform", "linux/arm64", f"{NAME}:1").ok()
    assert gone.startswith(f"Untagged: {NAME}:1\nDeleted: {identifier}")
    refused = "no image in the archive is for the platform linux/amd64"
    cli("load", "--platform", "linux/amd64", text=saved).fails(1, refused)
    assert cli("load", "--platform", "linux/arm64", text=saved).ok() == f"Loaded image: {NAME}:1"
    cli("rmi", f"{NAME}:1").ok()
