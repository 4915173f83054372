"""``images --tree``: every image with the platforms it is there for."""

from __future__ import annotations

import os
import sys

from hutch.model.size import human_size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_GAP = "   "
_COLUMNS = (("ID", 12, "<"), ("DISK USAGE", 10, ">"), ("CONTENT SIZE", 12, ">"), ("EXTRA", 5, "<"))
_LEGEND = "Info ->  U In Use "
_UNTAGGED = "<untagged>"
_WARNING = "WARNING: This is an experimental feature. The output may change and shouldn't be depended on."
_WIDTH = 80  # of what is no terminal


def width() -> int:
    """Columns of the terminal."""
    try:
        return os.get_terminal_size(1).columns or _WIDTH
    except OSError:
        return _WIDTH


def text(images: list[Any], columns: int) -> str:
    """The tree, newest image first, as wide as ``columns`` at most."""
    ordered = sorted(images, key=lambda image: -int(image["Created"]))
    rest = sum(size + len(_GAP) for _, size, _ in _COLUMNS)
    longest = max([len(name) for image in images for name in _names(image)] + [len("IMAGE")])
    room = max(min(longest, columns - rest), len("IMAGE"))
    lines = [_WARNING, _LEGEND.rjust(columns), "", _line("IMAGE", [name for name, _, _ in _COLUMNS], room)]
    for image in ordered:
        lines += [*_image(image, room, columns), ""]
    return "\n".join(lines) + "\n"


def _names(image: Any) -> list[str]:
    """The names, longest first: the last stands beside the numbers."""
    tags = [name for name in image.get("RepoTags") or [] if name != "<none>:<none>"]
    return sorted(tags, key=lambda name: -len(name)) or [_UNTAGGED]


def _image(image: Any, room: int, columns: int) -> list[str]:
    *above, last = _names(image)
    manifests = [each for each in image.get("Manifests") or [] if each["Kind"] == "image"]
    content = sum(each["Size"]["Content"] for each in manifests)
    lines = [_shortened(name, columns) for name in above]
    lines.append(_line(last, _cells(image["Id"], image["Size"], content, image["Containers"] > 0), room))
    for number, each in enumerate(manifests, 1):
        branch = "└─" if number == len(manifests) else "├─"
        data, size = each.get("ImageData") or {}, each["Size"]
        cells = _cells(each["ID"], size["Total"], size["Content"], bool(data.get("Containers")))
        lines.append(_line(f"{branch} {_platform(data.get('Platform') or {})}", cells, room))
    return lines


def _platform(platform: Any) -> str:
    return "/".join(platform[key] for key in ("os", "architecture", "variant") if platform.get(key))


def _cells(identifier: str, disk: int, content: int, used: bool) -> list[str]:
    sizes = [human_size(float(size), 3) for size in (disk, content)]
    return [identifier.partition(":")[2][:12], *sizes, "U" if used else ""]


def _line(name: str, cells: list[str], room: int) -> str:
    out = _shortened(name, room).ljust(room)
    for cell, (title, size, side) in zip(cells, _COLUMNS, strict=True):
        out += _GAP + (cell.rjust(size) if side == ">" and cell != title else cell.ljust(size))
    return out


def _shortened(name: str, room: int) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"


def show(images: list[Any]) -> None:
    """Print the tree."""
    sys.stdout.write(text(images, width()))
