"""Containers over a root file system of the host's static busybox, run by the standalone runtime."""

import copy
import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = ROOT / "bin" / "hutch-runtime"
APPLETS = [
    "sh",
    "true",
    "false",
    "cat",
    "ls",
    "id",
    "mount",
    "sleep",
    "hostname",
    "env",
    "ip",
    "wc",
    "stat",
    "tty",
    "stty",
    "ps",
    "umask",
    "pwd",
    "touch",
    "grep",
    "head",
    "readlink",
    "echo",
    "test",
]

BASE: dict[str, Any] = {
    "ociVersion": "1.2.0",
    "hostname": "box",
    "process": {
        "cwd": "/",
        "env": ["PATH=/usr/bin:/bin"],
        "user": {"uid": 0, "gid": 0},
        "capabilities": {
            key: ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID", "CAP_DAC_OVERRIDE"]
            for key in ("bounding", "effective", "permitted")
        },
    },
    "mounts": [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64m"]},
        {
            "destination": "/dev/pts",
            "type": "devpts",
            "source": "devpts",
            "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        },
        {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
        {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro", "nosuid", "nodev"]},
    ],
    "linux": {
        "resources": {"pids": {"limit": 200}},
        "namespaces": [{"type": t} for t in ("mount", "pid", "network", "ipc", "uts", "cgroup")],
        "maskedPaths": ["/proc/keys", "/proc/acpi", "/sys/firmware"],
        "readonlyPaths": ["/proc/sys", "/proc/bus"],
    },
}


class Box:
    """One bundle and its root file system, and the runtime to run it with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = f"t{uuid.uuid4().hex[:10]}"
        self.rootfs = folder / "bundle" / "rootfs"
        self.config = copy.deepcopy(BASE)
        self.config["root"] = {"path": "rootfs"}
        self.config["linux"]["cgroupsPath"] = f"/hutch-test-{os.getpid()}/{self.name}"
        self.runtime = [str(RUNTIME)]
        (self.rootfs / "bin").mkdir(parents=True)
        (self.rootfs / "etc").mkdir()
        shutil.copy("/bin/busybox", self.rootfs / "bin" / "busybox")
        for applet in APPLETS:
            (self.rootfs / "bin" / applet).symlink_to("busybox")
        (self.rootfs / "etc" / "passwd").write_text(
            "root:x:0:0::/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\n"
        )
        (self.rootfs / "etc" / "group").write_text("root:x:0:\nalice:x:1001:\nwheel:x:10:alice\n")

    def call(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run a verb of the runtime."""
        command = [*self.runtime, "--root", str(self.folder / "state"), *args]
        result = subprocess.run(
            command, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60, check=False, **options
        )
        result.stderr = result.stderr.replace('\\"', '"')  # the log's
        return result

    def write(self, *args: str) -> None:
        """Write the bundle's config for a process with these arguments."""
        self.config["process"]["args"] = list(args)
        (self.folder / "bundle" / "config.json").write_text(json.dumps(self.config))

    def run(self, *args: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Create, start, wait and delete a container."""
        self.write(*args)
        return self.call("run", "-b", str(self.folder / "bundle"), self.name, **options)

    def create(self, *args: str) -> subprocess.CompletedProcess[Any]:
        """Create a container; its streams are not ours, as it outlives the call."""
        self.write(*args)
        with (self.folder / "output").open("wb") as output:
            command = [*self.runtime, "--root", str(self.folder / "state"), "create", "-b", str(self.folder / "bundle")]
            return subprocess.run(
                [*command, self.name], stdin=subprocess.DEVNULL, stdout=output, stderr=output, timeout=60, check=False
            )

    def state(self) -> dict[str, Any]:
        """What the runtime says about the container."""
        value: dict[str, Any] = json.loads(self.call("state", self.name).stdout)
        return value

    def output(self) -> str:
        """What a created container has written."""
        return (self.folder / "output").read_text()


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    made = Box(tmp_path)
    yield made
    made.call("delete", "--force", made.name)
    name = f"hutch-test-{os.getpid()}"
    for hierarchy in (*Path("/sys/fs/cgroup").glob(name), *Path("/sys/fs/cgroup").glob(f"*/{name}")):
        for folder in sorted(hierarchy.rglob("*/"), reverse=True):
            folder.rmdir()
        hierarchy.rmdir()
