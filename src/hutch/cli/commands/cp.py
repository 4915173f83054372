"""``hutch cp``."""

from __future__ import annotations

import os
import stat

from hutch.cli.copying import places
from hutch.cli.copying.counting import Count
from hutch.cli.errors import CommandError
from hutch.cli.frames import write_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.copying.places import Place
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = """[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-
\thutch cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"""
FLAGS = """\
archive,a bool let files copied into a container belong to its user
follow-link,L bool copy what the source is a link to
quiet,q bool show no progress
"""
ARGUMENTS: tuple[int, int | None] = (2, 2)
INTERSPERSED = True
_FOLDER, _LINK, _DEVICE = 1 << 31, 1 << 27, 1 << 26  # Go's fs.FileMode
_STAT = "x-docker-container-path-stat"
_PIECE = 1 << 18


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Copies files out of or into a container."""
    if not arguments[0]:
        raise CommandError("source can not be empty")
    if not arguments[1]:
        raise CommandError("destination can not be empty")
    (source, source_path), (target, target_path) = map(places.split, arguments)
    if source and target:
        raise CommandError("copying between containers is not supported")
    if source:
        _out(context, flags, source, source_path, target_path)
    elif target:
        _into(context, flags, source_path, target, target_path)
    else:
        raise CommandError("must specify at least one container source")
    return 0


def _stat(context: Context, container: str, path: str) -> dict[str, Any] | None:
    """What is at a path in the container; None if that cannot be told."""
    import binascii

    from hutch.model import json_text

    headers = context.client.head(f"/containers/{container}/archive", {"path": path})
    if headers is None or _STAT not in headers:
        return None
    value = json_text.decode(binascii.a2b_base64(headers[_STAT]).decode("utf-8", "surrogateescape"))
    return value if isinstance(value, dict) else None


def _target(about: dict[str, Any], path: str) -> str:
    """Where a link in a container leads."""
    link = str(about.get("linkTarget") or "")
    return link if link.startswith("/") else os.path.normpath(os.path.join(places.parted(path)[0], link))


def _out(context: Context, flags: Flags, container: str, path: str, local: str) -> None:
    """From the container."""
    if local != "-":
        local = places.absolute(local)
        _check_output(local)
    name = ""
    if flags.on("follow-link"):
        about = _stat(context, container, path)
        if about is not None and about["mode"] & _LINK:
            path, name = places.followed(path, _target(about, path))
    answer = context.client.request("GET", f"/containers/{container}/archive", {"path": path})
    if local == "-":
        for piece in answer.pieces():
            write_all(1, piece)
        return
    from hutch.cli.copying.renaming import Renaming
    from hutch.cli.copying.unpacking import Unpacker

    what = places.Place(path, folder=_is_folder(answer.headers), name=name)
    folder, wanted = places.plan(what, places.destination(local))
    count = Count("Copying from container", quiet=flags.on("quiet"))
    try:
        Unpacker(folder, Renaming(places.parted(path)[1], wanted)).run(count.passing(answer.pieces()))
    finally:
        count.clear()
    count.done(local)


def _is_folder(headers: dict[str, str]) -> bool:
    import binascii

    from hutch.model import json_text

    about = json_text.decode(binascii.a2b_base64(headers.get(_STAT, "")).decode("utf-8", "surrogateescape") or "{}")
    return bool(about.get("mode", 0) & _FOLDER)


def _check_output(path: str) -> None:
    above = os.path.dirname(os.path.normpath(path))
    if not os.path.exists(above):
        raise CommandError(f'invalid output path: directory "{above}" does not exist')
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CommandError(f"stat {path}: {(error.strerror or '').lower()}") from None
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise CommandError(f'invalid output path: "{path}" must be a directory or a regular file: got a device')


def _into(context: Context, flags: Flags, local: str, container: str, path: str) -> None:
    """Into the container."""
    count = Count("Copying to container", quiet=flags.on("quiet"))
    where = _destination(context, container, path)
    if local == "-":
        if not where.folder:
            raise CommandError(f'destination "{container}:{path}" must be a directory')
        folder, pieces = where.path, iter(lambda: os.read(0, _PIECE), b"")
    else:
        from hutch.cli.copying.packing import pack

        what = places.source(local, follow=flags.on("follow-link"))
        folder, name = places.plan(what, where)
        pieces = pack(what.path, name)
    query = {"path": folder, "noOverwriteDirNonDir": "true", "copyUIDGID": "true" if flags.on("archive") else ""}
    try:
        answer = context.client.upload(f"/containers/{container}/archive", query, count.passing(pieces), "PUT")
        answer.read()
    finally:
        count.clear()
    count.done(f"{container}:{where.path}")


def _destination(context: Context, container: str, path: str) -> Place:
    about = _stat(context, container, path)
    where = path
    if about is not None and about["mode"] & _LINK:
        where = _target(about, path)
        about = _stat(context, container, where)
    if about is None:
        return places.Place(where, exists=False)
    if about["mode"] & _DEVICE:
        raise CommandError(f'destination "{container}:{path}" must be a directory or a regular file: got a device')
    return places.Place(where, folder=bool(about["mode"] & _FOLDER))
