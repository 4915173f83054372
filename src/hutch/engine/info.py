"""``info``: the daemon and its machine (Engine API, ``GET /info``)."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

import hutch
from hutch.engine.events import Events
from hutch.engine.roster import Roster
from hutch.logs import drivers as logs
from hutch.model.timestamp import rfc3339
from hutch.runtime.cgroups.stats import machine_memory
from hutch.spec.machine import Machine
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What only the composition knows: settings, and the names of what is built in."""

    identity: str
    data_root: str
    default_runtime: str
    runtimes: Mapping[str, Json]
    log_driver: str
    labels: Sequence[str] = ()
    debug: bool = False
    live_restore: bool = True
    no_new_privileges: bool = False
    seccomp: str = "builtin"
    firewall: str = ""
    mirrors: Sequence[str] = ()
    insecure: Sequence[str] = ()
    registries: Mapping[str, tuple[Sequence[str], bool]] = {}  # key of daemon.json's registries: mirrors, insecure
    proxies: tuple[str, str, str] = ("", "", "")  # for HTTP, for HTTPS, and for whom there is none


class Info:
    """Answers ``info``. ``images`` counts the images."""

    def __init__(
        self,
        *,
        roster: Roster,
        events: Events,
        storage: StorageDriver,
        machine: Machine,
        about: About,
        images: Callable[[], int],
        storage_reason: str = "",
    ) -> None:
        self._roster = roster
        self._events = events
        self._storage = storage
        self._machine = machine
        self._about = about
        self._images = images
        self._storage_reason = storage_reason

    def take(self, about: About) -> None:
        """Another description from now on: the daemon's settings were read again."""
        self._about = about

    def info(self) -> Json:
        """The answer."""
        about, name, release = self._about, os.uname(), _os_release()
        return {
            "ID": about.identity,
            **self._counts(),
            "Images": self._images(),
            "Driver": self._storage.name,
            "DriverStatus": self._storage_status(),
            "Plugins": {
                "Volume": ["local"],
                "Network": ["bridge", "host", "null"],
                "Authorization": None,
                "Log": logs.names(),
            },
            **self._abilities(),
            "Debug": about.debug,
            "NFd": len(os.listdir("/proc/self/fd")),
            "NGoroutines": len(os.listdir("/proc/self/task")),
            "SystemTime": rfc3339(time.time_ns()),
            "LoggingDriver": about.log_driver,
            "CgroupDriver": "cgroupfs",
            "CgroupVersion": str(self._machine.cgroup_version),
            "NEventsListener": self._events.readers,
            "KernelVersion": name.release,
            "OperatingSystem": release.get("PRETTY_NAME", "Linux"),
            "OSVersion": release.get("VERSION_ID", ""),
            "OSType": "linux",
            "Architecture": name.machine,
            "IndexServerAddress": "https://index.docker.io/v1/",
            "RegistryConfig": _registries(about),
            "NCPU": len(os.sched_getaffinity(0)),
            "MemTotal": machine_memory(),
            "GenericResources": None,
            "DockerRootDir": about.data_root,
            "HttpProxy": _without_password(about.proxies[0]),
            "HttpsProxy": _without_password(about.proxies[1]),
            "NoProxy": about.proxies[2],
            "Name": name.nodename,
            "Labels": list(about.labels),
            "ExperimentalBuild": False,
            "ServerVersion": hutch.__version__,
            "Runtimes": dict(about.runtimes),
            "DefaultRuntime": about.default_runtime,
            "Swarm": _NO_SWARM,
            "LiveRestoreEnabled": about.live_restore,
            "Isolation": "",
            "InitBinary": "docker-init",
            "ContainerdCommit": {"ID": "", "Expected": ""},
            "RuncCommit": {"ID": "", "Expected": ""},
            "InitCommit": {"ID": "", "Expected": ""},
            "SecurityOptions": self._security(),
            "FirewallBackend": {"Driver": about.firewall},
            "CDISpecDirs": [],
            "Warnings": self._warnings() or None,
        }

    def _storage_status(self) -> list[list[str]]:
        """The driver's own rows, and why this driver is used."""
        rows = [list(pair) for pair in self._storage.status()]
        return [*rows, ["Chosen", self._storage_reason]] if self._storage_reason else rows

    def _counts(self) -> Json:
        states = Counter(container.record.state.status for container in self._roster)
        running, paused = states["running"] + states["restarting"], states["paused"]
        return {
            "Containers": len(self._roster),
            "ContainersRunning": running,
            "ContainersPaused": paused,
            "ContainersStopped": len(self._roster) - running - paused,
        }

    def _abilities(self) -> Json:
        can = self._machine.abilities
        return {
            "MemoryLimit": "memory" in can,
            "SwapLimit": "swap" in can,
            "CpuCfsPeriod": "cpu-cfs" in can,
            "CpuCfsQuota": "cpu-cfs" in can,
            "CPUShares": "cpu-shares" in can,
            "CPUSet": "cpuset" in can,
            "PidsLimit": "pids" in can,
            "IPv4Forwarding": _switch("/proc/sys/net/ipv4/ip_forward"),
            "OomKillDisable": "oom-kill-disable" in can,
        }

    def _security(self) -> list[str]:
        out = [f"name=seccomp,profile={self._about.seccomp}"]
        if self._machine.apparmor_default:
            out.insert(0, "name=apparmor")
        if self._machine.cgroup_version == 2:
            out.append("name=cgroupns")
        if self._about.no_new_privileges:
            out.append("name=no-new-privileges")
        return out

    def _warnings(self) -> list[str]:
        can, out = self._machine.abilities, []
        for ability, words in (
            ("memory", "memory limit"),
            ("swap", "swap limit"),
            ("cpu-shares", "cpu shares"),
            ("cpuset", "cpuset"),
            ("pids", "pids limit"),
        ):
            if ability not in can:
                out.append(f"WARNING: No {words} support")
        if self._machine.apparmor and not self._machine.apparmor_default:
            out.append("WARNING: The AppArmor profile docker-default is not loaded, containers are not confined by it")
        if not _switch("/proc/sys/net/ipv4/ip_forward"):
            out.append("WARNING: IPv4 forwarding is disabled")
        return out


_NO_SWARM = {
    "NodeID": "",
    "NodeAddr": "",
    "LocalNodeState": "inactive",
    "ControlAvailable": False,
    "Error": "",
    "RemoteManagers": None,
}


def _registries(about: About) -> Json:
    """How registries are spoken to (Engine API, RegistryServiceConfig)."""
    networks = [entry for entry in about.insecure if "/" in entry]
    hosts = [entry for entry in about.insecure if "/" not in entry]
    shown = [mirror.rstrip("/") + "/" for mirror in about.mirrors]
    configs: Json = {host: {"Name": host, "Mirrors": [], "Secure": False, "Official": False} for host in hosts}
    for key, (mirrors, insecure) in about.registries.items():
        secure = not insecure and key not in hosts
        configs[key] = {"Name": key, "Mirrors": list(mirrors), "Secure": secure, "Official": False}
    configs["docker.io"] = {"Name": "docker.io", "Mirrors": shown, "Secure": True, "Official": True}
    return {
        "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8", *networks],
        "IndexConfigs": configs,
        "Mirrors": shown or None,
    }


def _without_password(proxy: str) -> str:
    """A proxy's URL as it may be shown."""
    scheme, separator, rest = proxy.rpartition("://")
    _, at, host = rest.rpartition("@")
    return f"{scheme}{separator}{'xxxxx:xxxxx@' if at else ''}{host}"


def _switch(path: str) -> bool:
    try:
        with open(path, encoding="ascii") as file:
            return file.read(4).strip() != "0"
    except OSError:
        return False


def _os_release() -> dict[str, str]:
    """os-release(5)."""
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return parse_os_release(file.read(1 << 16))
        except OSError:
            continue
    return {}


def parse_os_release(text: str) -> dict[str, str]:
    """The variables of an os-release file, without their quotes."""
    out = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            out[key] = value.strip("\"'")
    return out
