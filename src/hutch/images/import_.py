"""``docker import``: a tar of a root file system becomes an image of one layer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from hutch.images import changes as dockerfile
from hutch.images import clock, documents, layers
from hutch.images import tag as tags
from hutch.images.store import Store
from hutch.linux.failpoint import failpoint
from hutch.linux.files import remove_if_there, write_all
from hutch.model import platform as platforms
from hutch.model.limits import DEFAULT, Limits

Json = dict[str, Any]


def import_(
    store: Store,
    read: Callable[[int], bytes],
    *,
    repo: str,
    tag: str,
    message: str = "",
    changes: Sequence[str] = (),
    platform: str = "",
    created: str = "",
    limits: Limits = DEFAULT,
) -> Iterator[Json]:
    """Make the tar that ``read`` gives an image; Docker's progress objects, the last one with the id.

    ``created`` fixes the time of the image (RFC 3339) where it must be reproducible. Raises Invalid.
    """
    names = []
    if repo:
        named = tags.target(repo, tag)
        names = [(named.name, str(named.tag))]
    where = platforms.parse(platform) if platform else platforms.host()
    settings = dockerfile.apply({}, changes)
    path = store.blobs.new_file()
    spool(read, path)
    with ExitStack() as stack:
        stack.callback(remove_if_there, path)
        failpoint("images.import.spooled")
        stack.enter_context(store.held())
        layer = layers.register(store, path, None, limits=limits)
        made = created or clock.now()
        raw = documents.dump(image_config(where, settings, layer.diff_id, made, message or "Imported from -"))
        documents.check_config(documents.parse_object(raw, "image config"))
        identifier = store.add_image(raw, layer.chain, names)
    yield {"status": identifier}


def image_config(where: platforms.Platform, settings: Json, diff_id: str, made: str, message: str) -> Json:
    """The config of an image of one layer (OCI image spec, image config), keys in one fixed order."""
    config: Json = {"architecture": where.architecture}
    if where.variant:
        config["variant"] = where.variant
    config.update(
        {
            "comment": message,
            "config": {key: settings[key] for key in sorted(settings)},
            "created": made,
            "history": [{"created": made, "comment": message}],
            "os": where.os,
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        }
    )
    return config


def spool(read: Callable[[int], bytes], path: str) -> None:
    """Write everything that ``read`` gives into the new file ``path``; removed again if that fails."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        while chunk := read(1 << 20):
            write_all(fd, chunk)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)
