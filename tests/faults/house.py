"""A daemon to be killed, and everything that could be left behind of what it was doing."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support import boxes
from support.engine import IMAGE, Daemon
from support.space import until
from support.stock_registry import StockRegistry, program

GONE = (OSError, http.client.HTTPException)
"""What a client sees of a daemon that dies under its request."""
COUNT = "i=0; while :; do i=$((i+1)); echo $i; usleep 50000; done"
LEAVE = "echo begin; while [ ! -e /signs/go ]; do usleep 10000; done; echo end; exit 7"
READY = 20.0
"""Seconds in which a daemon is to be there again, on a machine that is loaded; it takes less than one."""
PATIENCE = 20.0
"""Seconds for what goes away by itself, on a machine that is loaded; a keeper that nobody lets go stays for 30."""


class House(Daemon):
    """The daemon under test with a bystander, and a leaver that ends while no daemon is there."""

    def __init__(self, *flags: str) -> None:
        super().__init__(*flags)
        settings = self.base / "daemon.json"
        settings.write_text('{"gc": {"start": "100GB", "stop": "1kB"}}')  # by hand alone, and then down to nothing
        self.flags = (*self.flags, f"--config-file={settings}")
        self.signs = self.base / "signs"
        self.signs.mkdir()
        self.registry: StockRegistry | None = None
        self._pid = 0
        self._started_at = ""
        self._count = 0
        self.base_line: dict[str, list[str]] = {}

    def open(self) -> None:
        """Start, load the image, start the bystander, and note what there is."""
        self.start()
        if program() is not None:
            (self.base / "registry").mkdir()
            self.registry = StockRegistry(self, self.base / "registry", 5081)
        self.load_box()
        self.must("POST", "/volumes/create", {"Name": "vol"})
        host = {"PortBindings": {"80/tcp": [{"HostPort": "8080"}]}, "NetworkMode": "bridge"}
        self.run("bystander", COUNT, **host)
        state = self.must("GET", "/containers/bystander/json")["State"]
        self._pid, self._started_at = state["Pid"], state["StartedAt"]
        assert until(lambda: len(self.parked()[0]) >= 2), "the launcher parks no sandboxes"
        assert until(lambda: len(self.output("bystander")) > 1)
        assert until(self.packed, 30), "the layers are not packed"
        self.base_line = self.traces()

    @property
    def bystander(self) -> int:
        """The bystander's process."""
        return self._pid

    # Talking

    def must(self, method: str, target: str, body: Any = None, *also: int) -> Any:
        """The answer of a request that has to succeed, or be answered with one of the codes ``also``."""
        status, answer = self.api(method, target, body)
        assert status < 300 or status in also, (method, target, status, answer)
        return answer

    def run(self, name: str, script: str, **host: Any) -> None:
        """Create and start a container of a shell script."""
        body = {"Image": IMAGE, "Cmd": ["sh", "-c", script], "HostConfig": {"NetworkMode": "none", **host}}
        self.must("POST", f"/containers/create?name={name}", body)
        self.must("POST", f"/containers/{name}/start")

    def template(self) -> int:
        """The launcher's child that keepers are forked from."""
        launcher = self.launcher()
        return int(Path(f"/proc/{launcher}/task/{launcher}/children").read_text().split()[0])

    def keeper_of(self, name: str) -> int:
        """The process of a container's keeper."""
        identity = self.must("GET", f"/containers/{name}/json")["Id"]
        state = json.loads((self.base / "exec" / "containers" / identity / "keeper.json").read_text())
        return int(state["keeper"]["pid"])

    def state(self, name: str) -> dict[str, Any]:
        """The ``State`` of a container; empty when there is none."""
        status, shown = self.api("GET", f"/containers/{name}/json")
        assert status in (200, 404), shown
        return dict(shown["State"]) if status == 200 else {}

    def output(self, name: str) -> list[str]:
        """The lines of its log, by the API."""
        raw = self.must("GET", f"/containers/{name}/logs?stdout=1")
        lines, at = b"", 0
        while at < len(raw):
            size = int.from_bytes(raw[at + 4 : at + 8], "big")
            lines += raw[at + 8 : at + 8 + size]
            at += 8 + size
        return lines.decode().splitlines()

    def remove(self, *names: str) -> None:
        """Remove containers, if they are there."""
        for name in names:
            self.must("DELETE", f"/containers/{name}?force=1&v=1", None, 404)

    def packed(self) -> bool:
        """Whether no layer's tar is kept plain, as loaded ones are at first, and the plain ones are gone."""
        rows = sqlite3.connect(f"file:{self.base}/data/images.db?mode=ro", uri=True)
        with contextlib.closing(rows) as connection:
            blobs = dict(connection.execute("SELECT blob, media_type FROM layers"))
        there = _names(self.base / "data" / "blobs" / "sha256")
        plain = any(kind.endswith(".tar") for kind in blobs.values())
        return not plain and sorted(there) == sorted(blob.removeprefix("sha256:") for blob in blobs)

    # Dying

    def armed(self, fail: str) -> None:
        """Let a daemon with these failpoints take the place of the one that runs."""
        self.kill()
        self.start(HUTCH_FAIL=fail)

    def died(self) -> bool:
        """Whether it was killed, a moment given."""
        assert self._process is not None
        try:
            return self._process.wait(5) == -signal.SIGKILL
        except subprocess.TimeoutExpired:
            return False

    def come_back(self) -> None:
        """A new daemon without failpoints, in time (I1)."""
        begun = time.monotonic()
        self.start()
        assert time.monotonic() - begun < READY

    @contextlib.contextmanager
    def leaver(self) -> Iterator[None]:
        """A container that begins now, and ends with 7 inside the block's :meth:`leave`; checked afterwards (I6)."""
        go = self.signs / "go"
        go.unlink(missing_ok=True)
        self.run("leaver", LEAVE, Binds=[f"{self.signs}:/signs"])
        yield
        state = self.state("leaver")
        assert (state["Status"], state["ExitCode"], state["OOMKilled"]) == ("exited", 7, False), state
        assert self.output("leaver") == ["begin", "end"]
        self.remove("leaver")

    def leave(self) -> None:
        """Let the leaver end, while no daemon is there."""
        folder = self.base / "exec" / "containers"
        before = set(folder.glob("*/exit.json"))
        (self.signs / "go").touch()
        assert until(lambda: set(folder.glob("*/exit.json")) - before), "the leaver does not end"

    def settle(self) -> None:
        """After a test that may have failed: a daemon without failpoints runs, with nothing but the bystander."""
        if self._ended():
            self.start()
        if until(lambda: self.traces() == self.base_line, 5):
            return
        for row in self.must("GET", "/containers/json?all=1"):
            if row["Names"] != ["/bystander"]:
                self.remove(row["Id"])
        for row in self.must("GET", "/images/json"):
            if row["RepoTags"] != [IMAGE]:
                self.must("DELETE", f"/images/{row['Id']}?force=1")
        self.armed("")
        if not until(lambda: self.traces() == self.base_line, 5):
            self.base_line = self.traces()

    # Looking

    def bystander_lives(self) -> None:
        """The bystander is the same process and goes on counting (I5)."""
        state = self.state("bystander")
        assert (state["Status"], state["Pid"], state["StartedAt"]) == ("running", self._pid, self._started_at)
        assert until(lambda: int(self.output("bystander")[-1]) > self._count), "the bystander stands still"
        lines = [int(line) for line in self.output("bystander")]
        assert lines == list(range(lines[0], lines[0] + len(lines))), "lines of the bystander are missing"
        self._count = lines[-1]

    def clean(self) -> None:
        """Nothing is there that was not there at first (I2, I3)."""
        now = dict[str, list[str]]()
        until(lambda: now.update(self.traces()) or now == self.base_line, PATIENCE)  # a sandbox may be in the making
        changed = {kind: (now[kind], things) for kind, things in self.base_line.items() if now[kind] != things}
        assert not changed, f"(now, before) by kind: {changed}"
        assert b'"damage"' not in self.must("POST", "/hutch/fsck"), self.must("POST", "/hutch/fsck")

    def parked(self) -> tuple[list[str], list[str]]:
        """What the launcher has in store: (ids free to be taken, ids that containers have)."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect(f"{self.base}/exec/launcher.sock")
            sock.send(b'{"op":"hello","seq":1}')
            sock.settimeout(5)
            answer: dict[str, Any] = {}
            while "seq" not in answer:  # announcements may come first
                answer = json.loads(sock.recv(65536))
        return answer["parked"], answer["claimed"]

    def traces(self) -> dict[str, list[str]]:
        """What is there, by kind: folders, rows, links, rules, control groups, processes.

        To look takes a while; a sandbox that was parked meanwhile is not known to be one, so it is begun again then.
        """
        while True:
            before = self.parked()
            found = self._traces(*before)
            if self.parked() == before:
                return found

    def _traces(self, free: list[str], claimed: list[str]) -> dict[str, list[str]]:
        found = {f"folder {name}": sorted(_names(self.base / name)) for name in FOLDERS}
        for file, table, column in ROWS:
            rows = sqlite3.connect(f"file:{self.base}/data/{file}?mode=ro", uri=True)
            with contextlib.closing(rows) as connection:
                found[f"row {table}"] = sorted(str(r[0]) for r in connection.execute(f"SELECT {column} FROM {table}"))
        found["claimed"] = claimed
        found["link"] = self.space.links()
        found["mount"] = self.space.mounts()
        found["rule"] = self.sh("nft list ruleset").splitlines()
        found["port"] = sorted(self.sh("ss -Htlun4 | awk '{print $5}'").split())
        found["cgroup"] = sorted(name for name in _cgroups(self.cgroup) if name not in free)
        sessions = {_session(pid) for pid, line in self.space.processes().items() if "launcher" in line} - {0}
        found["process"] = [f"{len(sessions) - len(free)} launchers and keepers"]
        return found

    def _end_processes(self) -> list[str]:
        until(lambda: "proxy.py" not in str(self.space.processes()), 15)  # it lingers a while for the next port
        return super()._end_processes()

    def close(self) -> None:
        """Bring a daemon back, if there is none, and let it remove everything."""
        if self.registry is not None:
            self.registry.close()
        if self._process is not None and self._ended():
            self.start()
        super().close()


FOLDERS = (
    "data/containers", "data/overlay2", "data/overlay2/l", "data/overlay2/.trash", "data/blobs/sha256",
    "data/blobs/ingest", "data/volumes", "data/volumes/.trash", "exec/containers",
)  # fmt: skip
ROWS = (
    ("engine.db", "containers", "id"),
    ("network.db", "attachments", "container"),
    ("volumes.db", "volumes", "name"),
    ("volumes.db", "uses", "volume || container"),
    ("images.db", "images", "id"),
    ("images.db", "layers", "chain"),
    ("images.db", "tags", "repo || tag"),
)


def _names(folder: Path) -> list[str]:
    return os.listdir(folder)


def _cgroups(parent: str) -> set[str]:
    found = set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if line.partition(" - ")[2].split()[0] in ("cgroup", "cgroup2"):
            folder = Path(line.split()[4] + parent)
            found |= {each.name for each in folder.iterdir() if each.is_dir()} if folder.is_dir() else set()
    return found


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def small_image(name: str) -> bytes:
    """The docker-archive of an image of two small layers, the upper of which puts something into the lower's folder."""
    stack = [boxes.layer({"folder/": "", "file": name}), boxes.layer({"folder/file": name})]
    return boxes.archive(name, stack, {"Labels": {"kind": "victim"}})
