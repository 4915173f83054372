"""``hutch system df``."""

from __future__ import annotations

import sys

from hutch.cli.listing import columns, show, show_record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
format string print by a Go template (or table, table TEMPLATE, json)
verbose,v bool show every object
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True

_IMAGES = (
    "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}"
    "\t{{.Containers}}"
)
_CONTAINERS = (
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}"
)
_VOLUMES = "{{.Name}}\t{{.Links}}\t{{.Size}}"


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints what images, containers, volumes and build caches take."""
    del arguments
    from hutch.cli import disk_rows

    usage = context.client.json("GET", "/system/df")
    format_ = flags.text("format")
    if not flags.on("verbose"):
        show(disk_rows.lines(usage), disk_rows.fields(), disk_rows.HEADERS, disk_rows.TABLE, format_,
             "*formatter.diskUsageImagesContext")  # fmt: skip
    elif format_ in ("", "table"):
        _tables(usage)
    else:
        _record(usage, format_)
    return 0


def _images(usage: Any) -> list[Any]:
    """One line an image: its first name."""
    from hutch.cli import image_rows

    return [(*line[:3], "") for image in usage.get("Images") or [] for line in image_rows.first_lines(image)]


def _tables(usage: Any) -> None:
    from hutch.cli import disk_rows, image_rows, volume_rows
    from hutch.cli.container import rows as container_rows
    from hutch.model.size import human_size

    sys.stdout.write("Images space usage:\n\n")
    show(_images(usage), image_rows.fields(truncate=True), image_rows.HEADERS, _IMAGES, "", "")
    sys.stdout.write("\nContainers space usage:\n\n")
    containers = container_rows.fields(truncate=True)
    containers["Size"] = container_rows.own_size
    show(usage.get("Containers") or [], containers, container_rows.HEADERS, _CONTAINERS, "", "")
    sys.stdout.write("\nLocal Volumes space usage:\n\n")
    show(usage.get("Volumes") or [], volume_rows.fields(), volume_rows.HEADERS, _VOLUMES, "", "")
    size = disk_rows.lines(usage)[-1][3]
    sys.stdout.write(f"\nBuild cache usage: {human_size(float(size), 3)}\n\n")
    sys.stdout.write(columns([disk_rows.BUILD_CACHE]))


def _record(usage: Any, format_: str) -> None:
    """One object with a list of lines for each kind."""
    from hutch.cli import image_rows, volume_rows
    from hutch.cli.container import rows as container_rows

    containers = container_rows.fields(truncate=False)
    containers["Size"] = container_rows.own_size
    show_record(
        {
            "Images": (_images(usage), image_rows.fields(truncate=False)),
            "Containers": (usage.get("Containers") or [], containers),
            "Volumes": (usage.get("Volumes") or [], volume_rows.fields()),
            "BuildCache": ([], {}),
        },
        format_,
        "*formatter.diskUsageContext",
    )
