"""What a request says about mounts: ``Binds``, ``Mounts``, ``Tmpfs``, ``Volumes``, ``VolumesFrom``. Pure.

All become :class:`~hutch.engine.record.Mounted`; no two may have one destination. Volume names and sources are
only parsed here; ``create`` makes the volumes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence

from hutch.engine.record import Mounted, replace
from hutch.model.container import Config
from hutch.model.errors import Invalid, System, Unsupported
from hutch.model.host_config import HostConfig
from hutch.model.mount_request import BindOptions, MountRequest, TmpfsOptions, VolumeOptions

PROPAGATIONS = frozenset(("private", "rprivate", "slave", "rslave", "shared", "rshared"))
_MODES = frozenset(("ro", "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated", "bind", "rbind"))
_FORBIDDEN = ("/proc", "/sys")
"""A mount over these would take the masks and labels away that live on them (CVE-2019-16884)."""

FLAT = "ro-flat"
"""An option of a bind: read-only, but not what is mounted below it (``bind-recursive=writable``)."""

FOLLOW = "follow"
"""An option of a bind: its propagation was not asked for, and is none where the host's mount does not pass it on."""


def parse_bind(text: str, driver: str = "") -> Mounted:
    """``/host:/in:ro``, ``name:/in``, ``/in`` (an anonymous volume). Raises System or Invalid, as Docker words it."""
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise System(f"invalid volume specification: '{text}'")
    if len(parts) == 1:
        target = _target(text, parts[0], "volume")
        return Mounted(kind="volume", destination=target, driver=driver or "local", anonymous=True)
    source, target = parts[0], parts[1]
    modes = parts[2].split(",") if len(parts) == 3 else []
    bind = source.startswith("/")
    _check_modes(text, modes, bind)
    target = _target(text, target, "bind" if bind else "volume")
    rw = "ro" not in modes
    mode = ",".join(modes)
    if bind:
        propagation = next((m for m in modes if m in PROPAGATIONS), "rprivate")
        return Mounted(
            kind="bind", source=posixpath.normpath(source), destination=target, mode=mode, rw=rw,
            propagation=propagation, options=("bind",) if "bind" in modes else ("rbind",),
        )  # fmt: skip
    return Mounted(
        kind="volume", name=source, destination=target, driver=driver or "local", mode=mode or "z", rw=rw,
        no_copy="nocopy" in modes,
    )  # fmt: skip


def _check_modes(text: str, modes: Sequence[str], bind: bool) -> None:
    wrong = f"invalid volume specification: '{text}': invalid mount config for type"
    for mode in modes:
        if mode not in _MODES and mode not in PROPAGATIONS:
            raise System(f"invalid mode: {','.join(modes)}")
        if (mode in PROPAGATIONS or mode in ("bind", "rbind")) and not bind:
            raise System(f'{wrong} "volume": field BindOptions must not be specified')
        if mode == "nocopy" and bind:
            raise System(f'{wrong} "bind": field VolumeOptions must not be specified')
    if "ro" in modes and "rw" in modes:
        raise System(f"invalid mode: {','.join(modes)}")


def _target(text: str, target: str, kind: str) -> str:
    problem = _target_problem(target)
    if problem:
        raise System(f"invalid volume specification: '{text}': invalid mount config for type \"{kind}\": {problem}")
    return posixpath.normpath(target)


def _target_problem(target: str) -> str:
    if not target.startswith("/"):
        return f"invalid mount path: '{target}' mount path must be absolute"
    clean = posixpath.normpath("/" + target.lstrip("/"))
    if clean == "/":
        return "invalid specification: destination can't be '/'"
    if clean in _FORBIDDEN or clean.startswith("/proc/"):
        return f"invalid specification: destination can't be in '{clean}'"
    return "invalid mount path: it holds a zero byte" if "\0" in target else ""


def parse_mount(asked: MountRequest) -> Mounted:
    """An element of ``HostConfig.Mounts``. Raises Invalid, as Docker words it."""
    kind = asked.type
    if kind == "image":
        raise Unsupported("mounts of images (--mount type=image) are not supported by this engine")
    if kind not in ("bind", "volume", "tmpfs"):
        raise Invalid(f'invalid mount config for type "{kind}": mount type unknown')
    try:
        return _KINDS[kind](asked, _mount_target(asked))
    except _Wrong as wrong:
        raise Invalid(f'invalid mount config for type "{kind}": {wrong}') from None


class _Wrong(Exception):
    """What is wrong with a mount request, before its type is put in front."""


def _mount_target(asked: MountRequest) -> str:
    if not asked.target:
        raise _Wrong("field Target must not be empty")
    if problem := _target_problem(asked.target):
        raise _Wrong(problem)
    fields = {"BindOptions": asked.bind_options, "VolumeOptions": asked.volume_options}
    for name, value in {**fields, "TmpfsOptions": asked.tmpfs_options, "ImageOptions": asked.image_options}.items():
        if value is not None and name.removesuffix("Options").lower() != asked.type:
            raise _Wrong(f"field {name} must not be specified")
    return posixpath.normpath(asked.target)


def _bind_mount(asked: MountRequest, target: str) -> Mounted:
    if not asked.source:
        raise _Wrong("field Source must not be empty")
    if not asked.source.startswith("/"):
        raise _Wrong(f"invalid mount path: '{asked.source}' mount path must be absolute")
    options = asked.bind_options or BindOptions()
    propagation = options.propagation or "rprivate"
    if propagation not in PROPAGATIONS:
        raise _Wrong(f"invalid propagation mode: {propagation}")
    if options.read_only_force_recursive and not asked.read_only:
        raise _Wrong("mount must be read-only for ReadOnlyForceRecursive")
    words = ("bind",) if options.non_recursive else ("rbind",)
    return Mounted(
        kind="bind",
        source=posixpath.normpath(asked.source),
        destination=target,
        rw=not asked.read_only,
        propagation=propagation,
        options=(*words, FLAT) if options.read_only_non_recursive else words,
        must_exist=not options.create_mountpoint,
    )


def _volume_mount(asked: MountRequest, target: str) -> Mounted:
    options = asked.volume_options or VolumeOptions()
    if options.subpath and not asked.source:
        raise _Wrong("must not set Subpath when using anonymous volumes")
    if options.subpath.startswith("/") or ".." in posixpath.normpath(options.subpath or ".").split("/"):
        raise _Wrong("subpath must be a relative path within the volume")
    if "\0" in options.subpath:
        raise _Wrong("subpath holds a zero byte")
    driver = options.driver_config.name if options.driver_config else ""
    return Mounted(
        kind="volume",
        name=asked.source,
        destination=target,
        driver=driver or "local",
        mode="z",
        rw=not asked.read_only,
        anonymous=not asked.source,
        no_copy=options.no_copy,
        driver_options=(options.driver_config.options or {}) if options.driver_config else {},
        labels=options.labels or {},
        subpath=posixpath.normpath(options.subpath) if options.subpath else "",
    )


def _tmpfs_mount(asked: MountRequest, target: str) -> Mounted:
    if asked.source:
        raise _Wrong("field Source must not be specified")
    options = asked.tmpfs_options or TmpfsOptions()
    words = [f"size={options.size_bytes}"] if options.size_bytes else []
    if options.mode:
        words.append(f"mode={options.mode:o}")
    words += ["=".join(pair) for pair in options.options or ()]
    return Mounted(kind="tmpfs", destination=target, rw=not asked.read_only, options=tuple(words))


_KINDS: Mapping[str, Callable[[MountRequest, str], Mounted]] = {
    "bind": _bind_mount,
    "volume": _volume_mount,
    "tmpfs": _tmpfs_mount,
}


def parse_tmpfs(target: str, options: str) -> Mounted:
    """An entry of ``HostConfig.Tmpfs``. Raises Invalid."""
    if problem := _target_problem(target):
        raise Invalid(problem)
    words = tuple(word for word in options.split(",") if word)
    return Mounted(kind="tmpfs", destination=posixpath.normpath(target), options=words, rw="ro" not in words)


def collect(
    config: Config, host: HostConfig, others: Callable[[str], Sequence[Mounted]], data_root: str = ""
) -> list[Mounted]:
    """Every mount point of a container, each destination once, in the order in which they will be mounted.

    ``others(ref)`` gives the mount points of another container (``--volumes-from``). What the request binds wins over
    what other containers bring, and both over the image's volumes. What binds the daemon's ``data_root`` with what is
    around it follows the host's mounts, if nothing else is said: as with dockerd. Raises Invalid or System.
    """
    out: dict[str, Mounted] = {}
    for text in host.volumes_from or ():
        for point in _from_other(text, others):
            out[point.destination] = point
    explicit: set[str] = set()
    for point in _asked(host, data_root):
        if point.destination in explicit:
            raise Invalid(f"Duplicate mount point: {point.destination}")
        explicit.add(point.destination)
        out[point.destination] = point
    for target in config.volumes or {}:
        clean = posixpath.normpath(target)
        if clean not in out:
            point = parse_bind(target, host.volume_driver)
            out[point.destination] = point
    return sorted(out.values(), key=lambda point: (point.destination.count("/"), point.destination))


def _asked(host: HostConfig, data_root: str) -> list[Mounted]:
    driver = host.volume_driver
    points = []
    for text in host.binds or ():
        said = not PROPAGATIONS.isdisjoint(text.rpartition(":")[2].split(","))
        points.append(_following(parse_bind(text, driver), said, data_root))
    for asked in host.mounts or ():
        said = bool(asked.bind_options and asked.bind_options.propagation)
        points.append(_following(parse_mount(asked), said, data_root))
    tmpfs: Mapping[str, str] = host.tmpfs or {}
    return points + [parse_tmpfs(target, options) for target, options in tmpfs.items()]


def _following(point: Mounted, said: bool, data_root: str) -> Mounted:
    """The mount point, following the host's mounts if it holds the data root and ``said`` nothing of propagation."""
    if point.kind != "bind" or said or not data_root:
        return point
    around = f"{data_root}/".startswith(f"{point.source.rstrip('/')}/")
    return replace(point, propagation="rslave", options=(*point.options, FOLLOW)) if around else point


def _from_other(text: str, others: Callable[[str], Sequence[Mounted]]) -> list[Mounted]:
    if not text:
        raise Invalid("volumes-from specification cannot be an empty string")
    ref, colon, mode = text.partition(":")
    if colon and mode not in ("ro", "rw", "z", "Z"):
        raise Invalid(f"invalid mode: {mode}")
    points = [p for p in others(ref) if p.kind != "tmpfs"]
    return [replace(p, rw=p.rw and mode != "ro", mode="", anonymous=False, no_copy=True) for p in points]
