"""Engines under test: a hutchd of our own in namespaces of its own, or a dockerd that runs already."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from support import api, boxes
from support.space import Space, until

ROOT = Path(__file__).resolve().parents[2]
IMAGE = "e2e-busybox:latest"
COMPAT_RUNTIMES = os.environ.get("HUTCH_TEST_RUNTIMES", "")  # further folders with crun and runc
START = 240.0 if os.environ.get("HUTCH_LAB") else 30.0  # seconds; the lab may be an emulated machine
_REQUEST = "GET / HTTP/1.0\r\nConnection: close\r\n\r\n"


class Engine:
    """What tests need to know of an engine, whoever's it is."""

    image = IMAGE
    kind = ""

    def __init__(self, address: str, home: str) -> None:
        self.address = address
        self.home = home  # an empty folder for the clients' settings

    @property
    def socket(self) -> str:
        """Path of the API socket."""
        return self.address.removeprefix("unix://")

    def api(self, method: str, target: str, body: Any = None, timeout: float = 30.0) -> tuple[int, Any]:
        """One request: (status, answer)."""
        return api.call(self.socket, method, target, body, timeout)

    def load(self, archive: bytes) -> None:
        """Load a docker-archive."""
        status, answer = self.api("POST", "/images/load?quiet=1", archive, timeout=120)
        assert status == 200 and b"errorDetail" not in bytes(str(answer), "utf-8"), (status, answer)

    def load_box(self) -> None:
        """Load the image that most tests run."""
        self.load(boxes.archive(IMAGE, [boxes.busybox_layer()]))

    def hutch_command(self) -> list[str]:
        """The ``hutch`` of this checkout, started as its first lines would start it."""
        return [sys.executable, "-I", "-S", str(ROOT / "bin" / "hutch")]

    def inside(self, *command: str) -> list[str]:
        """``command`` as run in the engine's own network and mount namespace."""
        return ["nsenter", "-t", str(self.anchor()), "--mount", "--net", "--", *command]

    def anchor(self) -> int:
        """A process in the engine's namespaces: who listens on the API socket."""
        return _listener(self.socket, socket.SOCK_STREAM)

    def say(self, address: str, port: int, text: str = "", *, namespace: str = "", udp: bool = False) -> str:
        """What comes back for ``text`` (without: for an HTTP request) from a server; "" when nobody is there.

        Asked from the engine's network namespace, or from the named one there.
        """
        kind = "SOCK_DGRAM" if udp else "SOCK_STREAM"
        script = (
            f"import socket; s = socket.socket(socket.AF_INET, socket.{kind}); s.settimeout(3); "
            f"s.connect(('{address}', {port})); s.sendall({(text or _REQUEST).encode()!r}); "
            "data = s.recv(9999)\n"
            + ("" if udp else "while more := s.recv(9999): data += more\n")
            + "print(data.decode().rpartition('\\r\\n\\r\\n')[2].strip())"
        )
        command = self.inside(*(["ip", "netns", "exec", namespace] if namespace else []), sys.executable, "-I", "-S")
        done = subprocess.run([*command, "-c", script], capture_output=True, text=True, timeout=30)
        return done.stdout.strip()

    def sh(self, script: str, check: bool = True) -> str:
        """Run a shell script in the engine's namespaces; its output."""
        done = subprocess.run(self.inside("sh", "-ec", script), capture_output=True, text=True, timeout=60)
        assert not check or done.returncode == 0, (script, done.returncode, done.stdout, done.stderr)
        return done.stdout.strip()


class Peer(Engine):
    """A dockerd that runs already (``HUTCH_COMPAT_HOST``): only tests that hold on it too are run."""

    kind = "docker"

    def __init__(self, address: str, home: str) -> None:
        super().__init__(address, home)
        self.load_box()

    def close(self) -> None:
        """Take our image away again."""
        self.api("DELETE", f"/images/{IMAGE}?force=1")


class Daemon(Engine):
    """A real hutchd with folders, namespaces and control groups of its own."""

    kind = "hutch"

    def __init__(self, *flags: str, network: bool = True) -> None:
        """``flags`` of hutchd; without ``network`` it works in the machine's, which it must be told to leave alone."""
        self.base = Path(tempfile.mkdtemp(prefix="hutch-e2e-", dir="/var/tmp"))
        home = self.base / "home"
        home.mkdir()
        super().__init__(f"unix://{self.base}/hutch.sock", str(home))
        self.flags = flags
        self._own_network = network
        self.cgroup = f"/hutch-test-{os.getpid()}-{self.base.name[-8:]}"
        self.space = Space(network, _farewell(self.base, self.cgroup))
        self._mounts = self.space.mounts()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *flags: str) -> list[str]:
        """The daemon's command line."""
        base = self.base
        return [
            sys.executable,
            "-I",
            str(ROOT / "bin" / "hutchd"),
            f"--data-root={base}/data",
            f"--exec-root={base}/exec",
            f"--pidfile={base}/hutchd.pid",
            f"--host={self.address}",
            f"--cgroup-parent={self.cgroup}",
            *flags,
        ]

    @property
    def log(self) -> str:
        """What the daemon has written."""
        path = self.base / "hutchd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """The daemon's process."""
        assert self._process is not None
        return self._process.pid

    def mount(self, *words: str) -> None:
        """mount(8) in the daemon's namespace; what is mounted ends with it."""
        subprocess.run(self.space.inside("mount", *words), check=True, timeout=60)
        self._mounts = self.space.mounts()

    def launcher(self) -> int:
        """The launcher's process."""
        return _listener(f"{self.base}/exec/launcher.sock", socket.SOCK_SEQPACKET)

    def anchor(self) -> int:
        """The holder of the namespaces, which is there also while the daemon is not."""
        return self.space.pid

    def bound(self, folder: str, size: str, inodes: str = "0") -> str:
        """Give the ``data`` or ``exec`` folder a small file system of its own (tmpfs), before the start; its path.

        ``inodes``: how many files there may be, 0 for any number (tmpfs(5)).
        """
        path = f"{self.base}/{folder}"
        self.sh(f"mkdir -p {path} && mount -t tmpfs -o size={size},nr_inodes={inodes},mode=710 small {path}")
        self._mounts = self.space.mounts()
        return path

    def start(self, **environment: str) -> None:
        """Start the daemon and wait until it answers."""
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", **environment}
        with open(self.base / "hutchd.log", "ab") as log:
            self._process = subprocess.Popen(
                self.space.inside(*self.command(*self.flags)),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=env,
                start_new_session=True,
            )
        if not until(lambda: self._answers() or self._ended(), START):
            raise AssertionError(f"the daemon does not answer\n{self.log}")
        assert not self._ended(), f"the daemon ended\n{self.log}"

    def _answers(self) -> bool:
        try:
            return self.api("GET", "/_ping", timeout=2)[0] == 200
        except OSError:
            return False

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """Take the daemon away as a crash would: SIGKILL, to it alone."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def send(self, number: signal.Signals) -> None:
        """Send the daemon a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def terminate(self) -> int:
        """End the daemon as an init system would; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(30)

    def close(self) -> None:
        """Remove all containers, end every process, and see that nothing is left."""
        left: list[str] = []
        try:
            if not self._ended():
                left += self._remove_containers()
                code = self.terminate()
                left += [f"the daemon ended with exit code {code}"] if code else []
            left += self._end_processes()
            left += [f"mount {point}" for point in _new(self._mounts, self.space.mounts())]
            if self._own_network:
                until(lambda: not self._pairs(), 10)  # the kernel takes a network namespace down behind its end
                left += [f"link {link}" for link in self._pairs()]
            left += [f"cgroup {path}" for path in self._cgroups()]
        finally:
            self.space.close()
        left += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(self.base) in line]
        text = self.log
        shutil.rmtree(self.base)
        assert not left, f"left behind: {left}\n{text[-4000:]}"

    def _pairs(self) -> list[str]:
        return [link for link in self.space.links() if link.startswith("veth")]

    def _remove_containers(self) -> list[str]:
        left = []
        for row in self.api("GET", "/containers/json?all=1")[1]:
            status, answer = self.api("DELETE", f"/containers/{row['Id']}?force=1&v=1")
            if status not in (204, 404):
                left.append(f"container {row['Names']}: {answer}")
        return left

    def _end_processes(self) -> list[str]:
        """End the launcher, whose parked keepers then end by themselves; who is still there after that is told."""
        with contextlib.suppress(OSError):  # there may be none
            _signal(self.launcher(), signal.SIGTERM)
        until(lambda: not self.space.processes(), 10)  # the proxy lingers for five
        left = self.space.processes()
        state = [_doing(pid) for pid in left]
        for pid in left:
            _signal(pid, signal.SIGKILL)
        assert until(lambda: not self.space.processes(), 5), "processes that cannot be killed"
        return [f"process {pid}: {line}: {doing}" for (pid, line), doing in zip(left.items(), state, strict=True)]

    def _cgroups(self) -> list[str]:
        """Control groups of containers that are still there; they and their parent are removed."""
        left = []
        for mount in _cgroup_mounts():
            parent = f"{mount}{self.cgroup}"
            for where, _, _ in os.walk(parent, topdown=False):
                if where != parent:
                    left.append(where)
                for _ in range(50):
                    try:
                        os.rmdir(where)
                        break
                    except OSError:
                        _kill_members(where)
                        time.sleep(0.05)
        return left


def _listener(path: str, kind: socket.SocketKind) -> int:
    """The process that listens on the unix socket ``path`` (unix(7), SO_PEERCRED)."""
    with socket.socket(socket.AF_UNIX, kind) as probe:
        probe.connect(path)
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])


def _doing(pid: int) -> str:
    """What a process that should not be there any more is called, and where in the kernel it is (proc(5))."""
    found = []
    for file in ("comm", "wchan", "syscall", "stack"):
        with contextlib.suppress(OSError):
            found.append(Path(f"/proc/{pid}/{file}").read_text().strip())
    with contextlib.suppress(OSError):
        found += [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
    return " | ".join(found)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _kill_members(cgroup: str) -> None:
    for pid in Path(f"{cgroup}/cgroup.procs").read_text().split():
        _signal(int(pid), signal.SIGKILL)


def _cgroup_mounts() -> list[str]:
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if line.partition(" - ")[2].split()[0] in ("cgroup", "cgroup2"):
            found.append(line.split()[4])
    return found


def _farewell(base: Path, cgroup: str) -> str:
    """The shell command that removes what a test process that was killed has left of its daemon."""
    groups = " ".join(f"{mount}{cgroup}" for mount in _cgroup_mounts())
    kill = f"find {groups} -name cgroup.procs -exec cat {{}} + | xargs -r kill -9; sleep 0.2"
    remove = f"find {groups} -depth -type d -exec rmdir {{}} +"
    turns = f"for turn in 1 2 3 4 5; do {kill}; {remove} && break; done"
    return f"[ ! -e {base} ] || {{ {turns}; rm -rf --one-file-system {base}; }}"


def _new(before: list[str], now: list[str]) -> list[str]:
    left = list(now)
    for one in before:
        if one in left:
            left.remove(one)
    return left
