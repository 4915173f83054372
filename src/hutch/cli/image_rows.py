"""The lines of ``images``: one for every name of an image."""

from __future__ import annotations

from hutch.cli.image_names import split_tag
from hutch.cli.moments import ago, local_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

NONE = "<none>"
RAW = "repository=Repository tag=Tag digest=Digest image_id=ID created_at=CreatedAt virtual_size=Size"
TABLE = "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
DIGEST_TABLE = "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
HEADERS = {
    "Repository": "REPOSITORY",
    "Tag": "TAG",
    "Digest": "DIGEST",
    "ID": "IMAGE ID",
    "CreatedSince": "CREATED",
    "CreatedAt": "CREATED AT",
    "Size": "SIZE",
    "Containers": "CONTAINERS",
    "SharedSize": "SHARED SIZE",
    "UniqueSize": "UNIQUE SIZE",
    "VirtualSize": "SIZE",
}


def _digests(image: Any) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name in image.get("RepoDigests") or []:
        repository, _, digest = name.partition("@")
        if repository != NONE:
            out.setdefault(repository, []).append(digest)
    return out


def lines(images: list[Any], *, digests: bool, dangling: bool) -> list[Any]:
    """``(image, repository, tag, digest)`` for each line of the table."""
    out = []
    for image in images:
        known = _digests(image)
        tags = [name for name in image.get("RepoTags") or [] if name != "<none>:<none>"]
        if not tags:
            if not known or dangling:
                repository = next(iter(known), NONE)
                out.append((image, repository, NONE, known.get(repository, [NONE])[0]))
            for repository, values in ({} if dangling else known).items():
                out += [(image, repository, NONE, digest) for digest in (values if digests else values[:1])]
            continue
        for name in tags:
            repository, tag = split_tag(name)
            values = known.get(repository, [NONE]) if digests else [NONE]
            out += [(image, repository, tag, digest) for digest in values]
    return out


def first_lines(image: Any) -> list[Any]:
    """The one line that stands for an image where its names do not matter."""
    return lines([image], digests=False, dangling=True)[:1]


def _amount(value: Any, precision: int = 3) -> str:
    from hutch.model.size import human_size

    return "N/A" if value is None or value < 0 else human_size(float(value), precision)


def fields(*, truncate: bool) -> Fields:
    """The fields of a line by name."""
    return {
        "ID": lambda line: line[0]["Id"].partition(":")[2][:12] if truncate else line[0]["Id"],
        "Repository": lambda line: line[1],
        "Tag": lambda line: line[2],
        "Digest": lambda line: line[3],
        "CreatedSince": lambda line: ago(line[0]["Created"]) if line[0]["Created"] > 0 else "N/A",
        "CreatedAt": lambda line: local_text(line[0]["Created"]),
        "Size": lambda line: _amount(line[0]["Size"]),
        "Containers": lambda line: "N/A" if line[0].get("Containers", -1) < 0 else str(line[0]["Containers"]),
        "VirtualSize": lambda line: _amount(line[0].get("VirtualSize", line[0]["Size"]), 4),
        "SharedSize": lambda line: _amount(line[0].get("SharedSize"), 4),
        "UniqueSize": lambda line: (
            "N/A" if line[0].get("SharedSize", -1) < 0 else _amount(line[0]["Size"] - line[0]["SharedSize"], 4)
        ),
    }
