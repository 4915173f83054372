"""What the runtime is told about a container: its OCI config, and the part of the launcher's request about stdio."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from hutch.engine import devices
from hutch.engine.exec import Asked
from hutch.engine.record import Record
from hutch.logs import attributes, drivers
from hutch.model.errors import Conflict, Unsupported
from hutch.model.host_config import HostConfig, Ulimit
from hutch.model.mount import Mount
from hutch.spec import capabilities
from hutch.spec import container as spec
from hutch.spec.machine import Machine
from hutch.spec.process import variables

Json = dict[str, Any]


class Runtime(msgspec.Struct, frozen=True):
    """An OCI runtime program of another make, and what is put before its command."""

    path: str
    args: Sequence[str] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the daemon's settings say about every container; ``seccomp`` is its own profile, None the built-in one,
    and ``unconfined`` none at all unless the container names one. ``init_path`` is the program of ``--init``."""

    cgroup_parent: str = "/hutch"
    runtimes: Mapping[str, Runtime] = {}
    default_ulimits: Sequence[Ulimit] = ()
    no_new_privileges: bool = False
    seccomp: Json | None = None
    unconfined: bool = False
    init_path: str = ""


class Bundler:
    """Builds configs. ``compiled`` gives the path of a compiled seccomp filter, for the ``linux.seccomp`` object."""

    def __init__(self, machine: Machine, settings: Settings, exec_root: str, compiled: Callable[[Json], str]) -> None:
        self.machine = machine
        self._settings = settings
        self._exec_root = exec_root
        self._compiled = compiled

    def take(self, settings: Settings) -> None:
        """Other settings from now on: the daemon's were read again."""
        self._settings = settings

    def cgroup(self, record: Record) -> str:
        """The cgroup of the container, below the root of every hierarchy."""
        parent = record.host.cgroup_parent or self._settings.cgroup_parent
        return f"/{parent.strip('/')}/{record.id}"

    def apparmor(self, record: Record) -> str:
        """The AppArmor profile that the container runs under, or ""."""
        return spec.apparmor_profile(record.host, self.machine) if self.machine.apparmor else ""

    def config(self, record: Record, files: list[Mount], mounts: list[Mount], joined: dict[str, str]) -> Json:
        """The OCI runtime config. Raises Invalid, Forbidden, System for devices that are not there."""
        host = self._host(record.host)
        pid = joined.get("ipc", "").partition("/ns/")[0]
        config = spec.build(
            spec.Request(
                id=record.id,
                config=record.config,
                host=host,
                machine=self.machine,
                hostname=record.config.hostname,
                files=files,
                user_mounts=mounts,
                devices=devices.wanted(host),
                numbers=devices.numbers(host),
                joined=joined,
                cgroup_path=self.cgroup(record),
                shm_source=f"{pid}/root/dev/shm" if pid else None,
                init_source=self._init() if host.init else None,
                default_ulimits=list(self._settings.default_ulimits),
                no_new_privileges=self._settings.no_new_privileges,
                seccomp_profile=self._settings.seccomp,
            )
        )
        config["root"]["mtab"] = True  # of our own runtime's making (docs/map.md)
        return config

    def _init(self) -> str:
        if not self._settings.init_path:
            raise Unsupported("--init needs a small init program", hint="name one with --init-path of the daemon")
        return self._settings.init_path

    def _host(self, host: HostConfig) -> HostConfig:
        """The HostConfig with the daemon's word on seccomp where it has none of its own."""
        options = host.security_opt or []
        if not self._settings.unconfined or any(option.startswith("seccomp") for option in options):
            return host
        return msgspec.structs.replace(host, security_opt=[*options, "seccomp=unconfined"])

    def keeper(self, record: Record, config: Json, rootfs: list[Mount], folder: str) -> Json:
        """The ``keeper`` part of the launcher's request (docs/map.md)."""
        host = record.host
        runtime = self._settings.runtimes.get(host.runtime)
        profile = (config.get("linux") or {}).get("seccomp")
        return {
            "rootfs": [mount.to_oci() for mount in rootfs],
            "terminal": record.config.tty,
            "stdin": record.config.open_stdin,
            "stdin_once": record.config.stdin_once,
            "console_size": host.console_size if host.console_size != [0, 0] else None,
            "log": log_of(record),
            "runtime": {"path": runtime.path, "args": list(runtime.args)} if runtime is not None else None,
            "seccomp": self._compiled(profile) if profile and runtime is None else None,
            "socket": f"{folder}/keeper.sock",
            "state": f"{folder}/keeper.json",
            "exit": f"{folder}/exit.json",
        }

    def exec_process(self, record: Record, asked: Asked) -> Json:
        """The OCI process of an exec: the container's own, with what was asked for in its place."""
        path = os.path.join(self._exec_root, "containers", record.id, "config.json")
        try:
            with open(path, "rb") as file:
                process = msgspec.json.decode(file.read(), type=_Process).process
        except FileNotFoundError:
            raise Conflict(f"container {record.id} is not running") from None
        process["args"] = list(asked.cmd or ())
        process["terminal"] = asked.tty
        process["env"] = environment(process.get("env") or (), asked.env or (), tty=asked.tty)
        process.pop("consoleSize", None)
        if asked.console_size and len(asked.console_size) == 2:
            process["consoleSize"] = {"height": asked.console_size[0], "width": asked.console_size[1]}
        if asked.user:
            process["user"] = {**process["user"], "uid": 0, "gid": 0, "username": asked.user}
        if asked.working_dir:
            process["cwd"] = asked.working_dir
        if asked.privileged:
            names = capabilities.effective(None, None, privileged=True, available=self.machine.capabilities)
            process["capabilities"] = capabilities.to_oci(names)
            process.pop("apparmorProfile", None)
        return process


class _Process(msgspec.Struct):
    """The part of a config that an exec begins with; the rest, most of it, is passed over."""

    process: dict[str, Any]


def environment(base: Sequence[str], extra: Sequence[str], *, tty: bool) -> list[str]:
    """The container's variables with those of the exec in their place; TERM when there is a terminal."""
    terminal = ("TERM=xterm",) if tty and not any(entry.startswith("TERM=") for entry in base) else ()
    return variables((*base, *terminal, *extra))


def log_of(record: Record) -> Json:
    """The ``log`` part of the launcher's request. Raises System when the driver's options cannot be honoured."""
    log = record.host.log_config
    options = log.config or {}
    drivers.check_values(log.type, options)
    attrs = attributes.select(options, record.labels, record.config.env or ())
    about = {
        "ID": record.id[:12],
        "FullID": record.id,
        "Name": record.name,
        "ImageID": record.image[:12],
        "ImageFullID": record.image,
        "ImageName": record.image_name,
        "DaemonName": "docker",
        "Command": " ".join((record.path, *record.args)),
        "Hostname": os.uname().nodename,
    }
    attrs = attributes.with_tag(attrs, options, about)
    return {"driver": log.type, "path": record.log_path, "options": options, "attrs": attrs}
