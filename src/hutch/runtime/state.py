"""The containers of the standalone runtime: a folder each below ``--root`` with its state and config."""

from __future__ import annotations

import os

from hutch.linux import process
from hutch.model import json_text
from hutch.model.errors import Conflict, Invalid, NotFound, Unsupported
from hutch.runtime.cgroups.cgroup import Cgroup, open_cgroup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OCI_VERSION = "1.3.0"
START_SOCKET = "start.sock"


class Container:
    """One container of the runtime: its folder, and what ``state.json`` says."""

    __slots__ = ("data", "folder", "id")

    def __init__(self, root: str, name: str, data: dict[str, Any]) -> None:
        self.id = name
        self.folder = f"{root}/{name}"
        self.data = data

    @property
    def pid(self) -> int:
        """The process id of init; may be gone."""
        return int(self.data["pid"])

    def config(self) -> dict[str, Any]:
        """The OCI config the container was created with."""
        return read(f"{self.folder}/config.json")

    def cgroup(self) -> Cgroup:
        """The container's cgroup. Raises Unsupported when it has none, as it may be for a user who may make none."""
        if not self.data["cgroup"]:
            raise Unsupported(f"container {self.id} has no cgroup of its own")
        return open_cgroup(str(self.data["cgroup"]))

    def pids(self) -> list[int]:
        """Its processes: those in its cgroup or, without one, in its pid namespace. Raises OSError when it ended."""
        if self.data["cgroup"]:
            return self.cgroup().pids()
        own = os.stat(f"/proc/{self.pid}/ns/pid").st_ino
        found = []
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.stat(f"/proc/{name}/ns/pid").st_ino == own:
                    found.append(int(name))
            except OSError:
                continue  # ended meanwhile, or is somebody else's
        return sorted(found)

    def status(self) -> str:
        """created, running, paused or stopped, from what is really there (runtime-spec, runtime.md, State)."""
        if not alive(self.pid, int(self.data["startTime"])):
            return "stopped"
        if self.data["cgroup"] and self.cgroup().is_frozen():
            return "paused"
        return "created" if self.unstarted() else "running"

    def unstarted(self) -> bool:
        """Whether its process still waits for start, be it paused or not."""
        return os.path.exists(f"{self.folder}/{START_SOCKET}")

    def to_spec(self, status: str) -> dict[str, Any]:
        """The state as the runtime-spec has it (state-schema.json), for hooks and agents."""
        own = self.to_oci(status)
        return {
            name: own[name] for name in ("ociVersion", "id", "status", "pid", "bundle", "annotations") if name in own
        }

    def to_oci(self, status: str = "") -> dict[str, Any]:
        """The state as the runtime-spec and runc print it."""
        status = status or self.status()
        state: dict[str, Any] = {
            "ociVersion": OCI_VERSION,
            "id": self.id,
            "pid": 0 if status == "stopped" else self.pid,
            "status": status,
            "bundle": self.data["bundle"],
            "rootfs": self.data["rootfs"],
            "created": self.data["created"],
            "owner": "",
        }
        if self.data["annotations"]:
            state["annotations"] = self.data["annotations"]
        return state

    def owner(self) -> str:
        """The name of the user who made the container, or the number of one without a name."""
        uid = os.stat(self.folder).st_uid
        try:
            import pwd

            return pwd.getpwuid(uid).pw_name
        except (ImportError, KeyError):
            return str(uid)

    def save(self) -> None:
        """Write ``state.json``, whole or not at all."""
        write(f"{self.folder}/state.json", self.data)

    def remove(self) -> None:
        """Remove the folder."""
        remove_folder(self.folder)


def read(path: str) -> dict[str, Any]:
    """One of our own files. Raises OSError, Invalid."""
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        value: dict[str, Any] = json_text.decode(file.read())
        return value


def write(path: str, value: dict[str, Any]) -> None:
    """Write ``value`` to ``path``, whole or not at all. Raises OSError."""
    with open(path + ".new", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(json_text.encode(value))
    os.rename(path + ".new", path)


def remove_folder(folder: str) -> None:
    """Remove the folder of a container, in which there are only files. Raises OSError."""
    for name in os.listdir(folder):
        os.unlink(f"{folder}/{name}")
    os.rmdir(folder)


def alive(pid: int, started: int) -> bool:
    """Whether the process that had this id and start time still runs; a zombie does not."""
    try:
        if process.start_time(pid) != started:
            return False
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return stat.read().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except (FileNotFoundError, ProcessLookupError):
        return False


def check_id(name: str) -> str:
    """``name`` if it can be a container's. Raises Invalid."""
    if not name:
        raise Invalid("container id cannot be empty")
    good = all(c.isascii() and (c.isalnum() or c in "_+-.") for c in name)
    if not good or name in (".", "..") or len(name) > 1024:
        raise Invalid("invalid container ID format")
    return name


def make_folder(root: str, name: str) -> str:
    """The new folder of a container. Raises Conflict when it exists."""
    os.makedirs(root, mode=0o700, exist_ok=True)
    folder = f"{root}/{check_id(name)}"
    try:
        os.mkdir(folder, 0o711)
    except FileExistsError:
        raise Conflict("container with given ID already exists") from None
    return folder


def load(root: str, name: str) -> Container:
    """The container ``name``. Raises NotFound with runc's text."""
    try:
        return Container(root, name, read(f"{root}/{check_id(name)}/state.json"))
    except FileNotFoundError:
        raise NotFound("container does not exist") from None


def load_all(root: str) -> list[Container]:
    """Every container below ``root``, by id; folders without a state yet are left out, and what is no folder."""
    containers = []
    for name in sorted(os.listdir(root)) if os.path.isdir(root) else []:
        try:
            containers.append(load(root, name))
        except (NotFound, Invalid, NotADirectoryError):
            continue
    return containers
