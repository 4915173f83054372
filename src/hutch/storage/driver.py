"""What a storage driver is: layers in, mounts out.

Words
-----
*key*      the caller's name of a layer: a container id, ``staging-...`` while an image layer is unpacked, or, once
           committed, the layer's chain id (``sha256:...``). Letters, digits and ``_ . : -``.
*prepared* a writable layer over a committed parent (or over nothing).
*committed* a layer that never changes again and may be a parent.
*view*     a read-only look at a committed layer.

Life of a layer
---------------
::

    mounts = driver.prepare("staging-1", parent)     # 1. a writable layer
    unpack(tar, driver.layer_dir("staging-1"))       # 2. fill it, without mounting anything
    driver.commit("staging-1", chain_id)             # 3. durable, then renamed: there completely or not at all
    mounts = driver.prepare(container_id, chain_id)  # 4. a container over it; the *runtime* performs the mounts,
    driver.remove(container_id)                      #    in the container's own mount namespace; never the driver

A driver never mounts in the host's namespace, so a crash leaves no mount. One that must mount to show a layer's files
holds a *detached* mount, which no mount table shows and which ends with the process: its ``layer_dir`` is a path below
``/proc/self/fd``, good until ``release``, ``commit`` or ``remove`` of the key. What else a layer needs to be mounted (a
volume that is activated, a device) is there after ``prepare``, ``view`` or ``mounts`` and until ``release``; the kernel
keeps it while a container has it mounted. ``remove`` renames away and deletes in the
background: it costs the same for a gigabyte as for nothing. Layers under a key that begins with ``staging-`` do not
outlive the process: the next one sweeps them.

How an unpacker must write removals is the driver's ``whiteouts``: ``"overlay"`` means as overlayfs stores them
(character device 0:0, ``trusted.overlay.opaque``), because ``layer_dir`` holds only the layer's own files;
``"remove"`` means really removing, because ``layer_dir`` begins as a copy of the parent.

Who calls: ``images`` (steps 1 to 3), ``engine`` (4). Calls may come from several threads; a key is used by one caller
at a time. The caller keeps parents from being removed before their children. All methods raise NotFound, Conflict or
Invalid about keys, and OSError when the file system says no.

What a layer changes over its parent is read by ``images/differ.py``: out of ``layer_dir`` alone where ``whiteouts`` is
``"overlay"``, else by comparing it with the parent's.

A new driver is one file here, one line in ``drivers.py``, and the exam in ``tests/suites/storage.py`` passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol

from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.model.size import parse_size

STAGING = "staging-"

_KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-")


class Usage(NamedTuple):
    """What a layer's own files take: bytes as ``du --apparent-size`` counts regular files once, and file count."""

    size: int
    inodes: int


class StorageDriver(Protocol):
    """See the module's text for the words and the life of a layer."""

    name: str
    whiteouts: Literal["overlay", "remove"]

    def prepare(self, key: str, parent: str | None, options: Mapping[str, str] | None = None) -> list[Mount]:
        """Make a writable layer over ``parent`` (None: over nothing) and say how to mount it.

        ``options`` are the container's ``--storage-opt``: ``size`` is the most bytes it may write. Raises Invalid for
        what the driver does not know, Unsupported for what cannot be had here; nothing is made then.
        """
        ...

    def view(self, key: str, parent: str | None) -> list[Mount]:
        """Make ``key`` a read-only look at ``parent`` and say how to mount it."""
        ...

    def mounts(self, key: str) -> list[Mount]:
        """The mounts of a key that exists, again: for a start after a stop, or after a restart of the daemon."""
        ...

    def layer_dir(self, key: str) -> str:
        """The host folder with the layer's own files, in the driver's form (see ``whiteouts``)."""
        ...

    def release(self, key: str) -> None:
        """The caller is through with ``layer_dir`` and the mounts of ``key``: let go of what was held for them.

        No error if nothing was held, or the key is not there.
        """
        ...

    def parent(self, key: str) -> str | None:
        """The committed layer below ``key``."""
        ...

    def commit(self, key: str, name: str) -> None:
        """Sync the prepared layer and make it the committed layer ``name``. ``key`` is gone then.

        If ``name`` is there already, with the same content by definition of a chain id, ``key`` is dropped.
        """
        ...

    def remove(self, key: str) -> None:
        """Remove a layer; one that is not there is no error (the call after a crash is repeated)."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the layer is there, complete."""
        ...

    def keys(self) -> list[str]:
        """All layers, prepared and committed, sorted."""
        ...

    def usage(self, key: str) -> Usage:
        """What the layer's own files take, not counting its parents."""
        ...

    def status(self) -> list[tuple[str, str]]:
        """Facts for ``info``: pairs of a title and a value, as Docker shows them."""
        ...

    def close(self) -> None:
        """Wait for the background deletions."""
        ...


def check_key(key: str) -> str:
    """``key`` if it can name a layer. Raises Invalid: a key becomes a file name, so nothing else gets through."""
    if not 0 < len(key) <= 200 or not _KEY.issuperset(key) or key[0] in ".-:":
        raise Invalid(f"invalid layer key {key[:200]!r}")
    return key


def asked_size(driver: str, options: Mapping[str, str]) -> int | None:
    """The bytes that a container was given by ``--storage-opt size=``, for a driver that takes nothing else; None for
    none. Raises Invalid. Pure.
    """
    for name in options:
        if name != "size":
            raise Invalid(f"unknown option {name} for --storage-opt", hint=f"{driver} knows size")
    return parse_size(options["size"]) if "size" in options else None


def no_options(driver: str, options: Mapping[str, str] | None) -> None:
    """Raise Unsupported if a container was given ``--storage-opt``, for a driver that takes none."""
    if options:
        raise Unsupported(f"--storage-opt is not supported for {driver}")
