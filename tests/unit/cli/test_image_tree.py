"""The tree view of images."""

from __future__ import annotations

from typing import Any

from hutch.cli.image_tree import text


def image(number: int, names: list[str], containers: int = 0) -> Any:
    identifier = "sha256:" + f"{number:x}" * 64
    platform = {"os": "linux", "architecture": "arm", "variant": "v7"}
    manifest = {
        "ID": identifier, "Kind": "image", "Size": {"Total": 3_000_000, "Content": 1_000_000},
        "ImageData": {"Platform": platform, "Containers": ["c"] * containers},
    }  # fmt: skip
    return {
        "Id": identifier, "RepoTags": names, "Created": number, "Size": 2_000_000, "Containers": containers,
        "Manifests": [manifest],
    }  # fmt: skip


def test_names_above_numbers() -> None:
    long = "third/with/a/long/name/for/this:2"
    lines = text([image(1, ["a:1", long]), image(2, [], 1)], 80).splitlines()
    assert lines[1] == " " * 62 + "Info ->  U In Use "
    assert lines[3].split() == ["IMAGE", "ID", "DISK", "USAGE", "CONTENT", "SIZE", "EXTRA"]
    assert lines[4:] == [
        "<untagged>                      222222222222          2MB            1MB   U    ",
        "└─ linux/arm/v7                 222222222222          3MB            1MB   U    ",
        "",
        long,
        "a:1                             111111111111          2MB            1MB        ",
        "└─ linux/arm/v7                 111111111111          3MB            1MB        ",
        "",
    ]
