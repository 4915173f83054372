"""``spec``: write a ``config.json`` to start from."""

from __future__ import annotations

import json
import os

from hutch.model.errors import Conflict, NotFound
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.state import OCI_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = Options(flags="rootless", values="bundle", short="b=bundle")

_CAPS = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]


def run(root: str, parsed: Parsed) -> int:
    """Write it to the bundle folder or the current one. Raises Conflict when there is one, NotFound without folder."""
    del root
    folder = parsed.value("bundle") or "."
    if not os.path.isdir(folder):
        raise NotFound(f"chdir {folder}: no such file or directory")
    config = rootless(os.geteuid(), os.getegid()) if "rootless" in parsed.flags else default()
    try:
        with open(os.path.join(folder, "config.json"), "x", encoding="utf-8") as file:
            json.dump(config, file, indent="\t")
    except FileExistsError:
        raise Conflict("File config.json exists. Remove it first") from None
    return 0


def default() -> dict[str, Any]:
    """An interactive shell in ./rootfs with the usual mounts and few capabilities."""
    quiet = ["nosuid", "noexec", "nodev"]
    terminals = ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
    return {
        "ociVersion": OCI_VERSION,
        "process": {
            "terminal": True,
            "user": {"uid": 0, "gid": 0},
            "args": ["sh"],
            "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
            "cwd": "/",
            "capabilities": dict.fromkeys(("bounding", "effective", "permitted"), _CAPS),
            "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 1024, "soft": 1024}],
            "noNewPrivileges": True,
        },
        "root": {"path": "rootfs", "readonly": True},
        "hostname": "hutch",
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            _mount("/dev", "tmpfs", "tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            _mount("/dev/pts", "devpts", "devpts", terminals),
            _mount("/dev/shm", "tmpfs", "shm", [*quiet, "mode=1777", "size=65536k"]),
            _mount("/dev/mqueue", "mqueue", "mqueue", quiet),
            _mount("/sys", "sysfs", "sysfs", [*quiet, "ro"]),
            _mount("/sys/fs/cgroup", "cgroup", "cgroup", [*quiet, "relatime", "ro"]),
        ],
        "linux": {
            "resources": {"devices": [{"allow": False, "access": "rwm"}]},
            "namespaces": [{"type": kind} for kind in ("pid", "network", "ipc", "uts", "mount", "cgroup")],
            "maskedPaths": ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
                            "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware",
                            "/proc/scsi"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }  # fmt: skip


def rootless(uid: int, gid: int) -> dict[str, Any]:
    """The same for a user who is not root: ids of a user namespace, the host's network and /sys, no limits."""
    config = default()
    linux = config["linux"]
    del linux["resources"]
    linux["namespaces"] = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "user", "cgroup")]
    linux["uidMappings"] = [{"containerID": 0, "hostID": uid, "size": 1}]
    linux["gidMappings"] = [{"containerID": 0, "hostID": gid, "size": 1}]
    for mount in config["mounts"]:
        if mount["destination"] == "/dev/pts":
            mount["options"].remove("gid=5")  # no group of the namespace
        if mount["destination"] == "/sys":
            # Only with a network namespace of one's own may a new sysfs be mounted.
            mount.update(type="none", source="/sys", options=["rbind", "nosuid", "noexec", "nodev", "ro"])
    return config


def _mount(destination: str, kind: str, source: str, options: list[str]) -> dict[str, Any]:
    return {"destination": destination, "type": kind, "source": source, "options": options}
