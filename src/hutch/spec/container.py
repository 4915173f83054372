"""From what the engine knows of a container to its OCI runtime config: pure data in, pure data out."""

from __future__ import annotations

from typing import Any

import msgspec

from hutch.model.container import Config
from hutch.model.errors import Forbidden, Invalid
from hutch.model.host_config import HostConfig, Ulimit
from hutch.model.mount import Mount
from hutch.spec import (
    apparmor,
    capabilities,
    mounts,
    namespaces,
    paths,
    process,
    resources,
    rlimits,
    seccomp,
    security_opt,
    sysctls,
)
from hutch.spec.devices import HostDevice
from hutch.spec.machine import Machine

OCI_VERSION = "1.0.2"
IdMap = tuple[int, int, int]
"""First id in the container, first id on the host, how many."""


class Request(msgspec.Struct, kw_only=True):
    """Everything the config depends on.

    ``config`` is merged with the image's already, ``host`` adapted and verified (``spec/adapt.py``,
    ``spec/limits.py``). ``files`` are the engine's own binds (resolv.conf, hostname, hosts), ``user_mounts`` volumes,
    binds and tmpfs. ``devices`` are the nodes found on the host for ``--device`` or, privileged, all; ``numbers``
    those of block devices that limits name by path. ``joined`` are namespace paths by OCI type; ``shm_source`` and
    ``init_source`` paths on the host. ``seccomp_profile`` is the daemon's profile, None = the built-in one.
    """

    id: str
    config: Config
    host: HostConfig
    machine: Machine = msgspec.field(default_factory=Machine)
    hostname: str = ""
    files: list[Mount] = []
    user_mounts: list[Mount] = []
    devices: list[HostDevice] = []
    numbers: dict[str, tuple[int, int]] = {}
    joined: dict[str, str] = {}
    uid_maps: list[IdMap] = []
    gid_maps: list[IdMap] = []
    cgroup_path: str = ""
    shm_source: str | None = None
    init_source: str | None = None
    default_ulimits: list[Ulimit] = []
    no_new_privileges: bool = False
    seccomp_profile: dict[str, Any] | None = None
    link_environment: list[str] = []
    annotations: dict[str, str] = {}


def build(request: Request) -> dict[str, Any]:
    """The OCI runtime config (runtime-spec 1.0.2 and later). Raises Invalid or Forbidden in Docker's words.

    ``process.user.username`` is the user as the client wrote it and ``process.user.groups`` the groups to add: names
    are resolved by the runtime, in the container's own files; a runtime of others needs them resolved before.
    """
    host, machine = request.host, request.machine
    options = security_opt.parse(host.security_opt)
    remapped = bool(request.uid_maps or request.gid_maps)
    if host.privileged and remapped and host.userns_mode != "host":
        raise Invalid(
            "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace "
            "when running privileged mode"
        )
    if options.writable_cgroups and remapped:
        raise Forbidden("writable-cgroups is not possible with user namespaces")
    spaces = namespaces.effective(
        host,
        request.joined,
        user_namespace=remapped,
        cgroup_version=machine.cgroup_version,
        time_namespaces=machine.time_namespaces,
    )
    held = capabilities.effective(
        host.cap_add, host.cap_drop, privileged=host.privileged, available=machine.capabilities
    )
    result: dict[str, Any] = {
        "ociVersion": OCI_VERSION,
        "process": _process(request, options, held),
        "root": {"path": "rootfs", "readonly": host.readonly_rootfs},
        "mounts": [m.to_oci() for m in _mounts(request, options, remapped)],
        "linux": _linux(request, options, held, spaces, remapped),
    }
    if "uts" in namespaces.private(spaces):
        result["hostname"] = request.hostname or request.id[:12]
        if request.config.domainname:
            result["domainname"] = request.config.domainname
    if annotations := {**(host.annotations or {}), **request.annotations}:
        result["annotations"] = annotations
    return result


def _process(request: Request, options: security_opt.SecurityOptions, held: list[str]) -> dict[str, Any]:
    config, host = request.config, request.host
    user: dict[str, Any] = {"uid": 0, "gid": 0, "username": config.user}
    if host.group_add:
        user["groups"] = list(host.group_add)
    asked = options.no_new_privileges
    result: dict[str, Any] = {
        "terminal": config.tty,
        "user": user,
        "args": process.arguments(config, init=bool(request.init_source)),
        "env": process.environment(config, request.hostname or request.id[:12], request.link_environment),
        "cwd": process.working_directory(config),
        "capabilities": capabilities.to_oci(held),
        "noNewPrivileges": request.no_new_privileges if asked is None else asked,
        "oomScoreAdj": host.oom_score_adj,
    }
    if config.tty and host.console_size != [0, 0] and len(host.console_size) == 2:
        result["consoleSize"] = {"height": host.console_size[0], "width": host.console_size[1]}
    if limits := rlimits.to_oci(host.ulimits or (), request.default_ulimits):
        result["rlimits"] = limits
    if profile := apparmor_profile(host, request.machine):
        result["apparmorProfile"] = profile
    return result


def apparmor_profile(host: HostConfig, machine: Machine) -> str:
    """The AppArmor profile that the container's processes enter; "" is none. Raises Invalid where there is none."""
    options = security_opt.parse(host.security_opt)
    if not machine.apparmor:
        if options.apparmor not in (None, "", "unconfined"):
            raise Invalid(
                "apparmor profile given, but AppArmor is not enabled on this kernel", hint=str(options.apparmor)
            )
        return ""
    if options.apparmor:
        return options.apparmor
    if host.privileged:
        return "unconfined"
    return apparmor.NAME if machine.apparmor_default else ""


def _mounts(request: Request, options: security_opt.SecurityOptions, remapped: bool) -> list[Mount]:
    host = request.host
    defaults = mounts.default(
        host, shm_source=request.shm_source, user_namespace=remapped, writable_cgroups=options.writable_cgroups
    )
    files = list(request.files)
    if request.init_source:
        files.append(Mount("bind", request.init_source, process.INIT, ("bind", "ro")))
    return mounts.arrange(defaults, files, request.user_mounts, read_only=host.readonly_rootfs)


def _linux(
    request: Request,
    options: security_opt.SecurityOptions,
    held: list[str],
    spaces: list[dict[str, str]],
    remapped: bool,
) -> dict[str, Any]:
    host, machine = request.host, request.machine
    result: dict[str, Any] = {
        "namespaces": spaces,
        "resources": resources.to_oci(host, request.devices, request.numbers),
        "devices": [device.node() for device in request.devices],
        "maskedPaths": paths.masked(host, machine.possible_cpus),
        "readonlyPaths": paths.read_only(host),
    }
    if request.cgroup_path:
        result["cgroupsPath"] = request.cgroup_path
    private = namespaces.private(spaces)
    if values := sysctls.effective(host.sysctls, private=private, user_namespace=remapped):
        result["sysctl"] = values
    if remapped:
        result["uidMappings"] = _maps(request.uid_maps)
        result["gidMappings"] = _maps(request.gid_maps)
    propagation = _root_propagation(request.user_mounts)
    if propagation:
        result["rootfsPropagation"] = propagation
    profile = _seccomp(request, options)
    if profile is not None:
        result["seccomp"] = seccomp.evaluate(
            profile, arch=machine.arch, kernel=machine.kernel, capabilities=frozenset(held)
        )
    return result


def _seccomp(request: Request, options: security_opt.SecurityOptions) -> dict[str, Any] | None:
    if request.host.privileged or options.seccomp == "unconfined":
        return None
    if options.seccomp == "builtin":
        return seccomp.default_profile()
    if options.seccomp:
        return seccomp.parse(options.seccomp)
    return request.seccomp_profile if request.seccomp_profile is not None else seccomp.default_profile()


def _maps(maps: list[IdMap]) -> list[dict[str, int]]:
    return [{"containerID": inside, "hostID": outside, "size": size} for inside, outside, size in maps]


def _root_propagation(user: list[Mount]) -> str:
    """Mounts that are to be seen on the other side need a root that lets them through."""
    wanted = {option for mount in user for option in mount.options}
    if wanted & {"shared", "rshared"}:
        return "shared"
    return "slave" if wanted & {"slave", "rslave"} else ""
