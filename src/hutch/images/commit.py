"""``docker commit``: what a container changed becomes one more layer over its image."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from hutch.images import changes as dockerfile
from hutch.images import clock, documents, layers
from hutch.images import tag as tags
from hutch.images.store import Record, Store
from hutch.linux.failpoint import failpoint
from hutch.linux.files import remove_if_there, write_all
from hutch.model import platform as platforms
from hutch.model.errors import NotFound
from hutch.model.tar import write

Json = dict[str, Any]
_PLATFORM = ("architecture", "variant", "os", "os.version", "os.features")


class Asked(NamedTuple):
    """What the image is to say of itself. ``created_by`` is the container's command line."""

    repo: str = ""
    tag: str = ""
    author: str = ""
    comment: str = ""
    created_by: str = ""


class Made(NamedTuple):
    """The image: its id and its familiar name, empty if it got none."""

    id: str
    name: str


def settings(config: Json, changes: Sequence[str]) -> Json:
    """The settings of the image from those of the container and the ``--change`` instructions. Raises Invalid."""
    return dockerfile.apply(config, changes)


def commit(store: Store, parent: str, tar: Iterable[bytes], config: Json, asked: Asked, created: str = "") -> Made:
    """Make an image of the layer ``tar`` over the image ``parent`` ("" for none), with the settings ``config``.

    A layer without entries is left out, as dockerd does. ``created`` fixes the time (RFC 3339). Raises NotFound when
    the parent is gone, Invalid for a name that is none; nothing is visible then.
    """
    named = tags.target(asked.repo, asked.tag) if asked.repo else None
    base = _parent(store, parent)
    path = store.blobs.new_file()
    with ExitStack() as stack:
        stack.callback(remove_if_there, path)
        failpoint("images.commit.begin")
        empty = spool(tar, path)
        failpoint("images.commit.spooled")
        stack.enter_context(store.held())
        top = base.top if base is not None else None
        diff_ids = documents.diff_ids(base.config) if base is not None else []
        if not empty:
            layer = layers.register(store, path, top)
            top = layer.chain
            diff_ids = [*diff_ids, layer.diff_id]
        made = image_config(
            base.config if base is not None else {}, config, diff_ids, asked, created or clock.now(), empty
        )
        raw = documents.dump(made)
        documents.check_config(documents.parse_object(raw, "image config"))
        names = [(named.name, str(named.tag))] if named is not None else []
        identifier = store.add_image(raw, top, names, parent=base.id if base is not None else "")
    return Made(identifier, named.familiar if named is not None else "")


def _parent(store: Store, identifier: str) -> Record | None:
    if not identifier:
        return None
    record = store.image(identifier)
    if record is None:
        raise NotFound(f"No such image: {identifier}", hint="the image that the container was made from was removed")
    return record


def image_config(base: Json, config: Json, diff_ids: list[str], asked: Asked, made: str, empty: bool) -> Json:
    """The image's config (OCI image spec, image config), keys in one fixed order; ``base`` is the parent's. Pure."""
    where = {key: base[key] for key in _PLATFORM if base.get(key)}
    if not where:
        host = platforms.host()
        where = {
            "architecture": host.architecture,
            "os": host.os,
            **({"variant": host.variant} if host.variant else {}),
        }
    step: Json = {"created": made}
    for key, value in (("created_by", asked.created_by), ("author", asked.author), ("comment", asked.comment)):
        if value:
            step[key] = value
    if empty:
        step["empty_layer"] = True
    result: Json = {
        **where,
        "config": {key: config[key] for key in sorted(config)},
        "created": made,
        "history": [*(base.get("history") or ()), step],
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
    }
    for key, value in (("author", asked.author), ("comment", asked.comment)):
        if value:
            result[key] = value
    return dict(sorted(result.items()))


def spool(tar: Iterable[bytes], path: str) -> bool:
    """Write ``tar`` into the new file ``path``; whether it had no entries. Raises OSError; the file stays then.

    Not compressed: our own archive is no bomb however well it packs, and the store packs it later.
    """
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    size = 0
    try:
        for piece in tar:
            size += len(piece)
            write_all(fd, piece)
    finally:
        os.close(fd)
    return size <= len(write.END)
