"""The launcher: a fork server for keepers, reached over a seqpacket socket (docs/map.md, Launcher).

Started once as ``python -I -S .../launcher/main.py --socket PATH --version VERSION [--log PATH] [--files N]``; it
returns when the socket is there. It stays small, has one thread, and outlives the daemon: containers never depend
on it, only new ones do. It is a plain script that sets ``sys.path`` itself, because ``-I -S`` leaves it empty.
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/hutch/", 1)[0])
    from hutch.runtime import sealed

    # Before everything else is loaded: this executes us again, from a program file that no container can write.
    try:
        sealed.ensure()
    except OSError as error:
        os.write(2, f"hutch launcher: cannot seal its program file: {error}\n".encode())
        os._exit(1)

import _socket
import fcntl
import gc
import resource

from hutch.linux import process, signals
from hutch.linux.failpoint import failpoint
from hutch.linux.reasons import text_of
from hutch.linux.sockets import accept_own
from hutch.model.errors import Conflict, HutchError, Invalid, Unavailable
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.keeper.loop import READ, Loop, Timer
from hutch.runtime.launcher import compact
from hutch.runtime.launcher.pool import Pool
from hutch.runtime.launcher.rehearsal import rehearse
from hutch.runtime.launcher.template import Template
from hutch.runtime.stages.channel import Channel, Closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    Message = dict[str, Any]

OOM_SCORE = -900
"""Of the launcher and the keepers (proc(5), oom_score_adj): below the daemon's, which can be started again."""
ALONE = 60.0
"""Seconds without a daemon and without any keeper after which the launcher ends by itself."""

_MANY = 1024


class Options:
    """The command line."""

    __slots__ = ("alone", "files", "log", "socket", "version")

    def __init__(self, arguments: list[str]) -> None:
        self.socket = self.version = ""
        self.log = "/dev/null"
        self.files = ""
        self.alone = str(ALONE)
        names = iter(arguments)
        for name in names:
            field = name.removeprefix("--")
            value = next(names, None)
            if not name.startswith("--") or field not in self.__slots__ or value is None:
                raise Invalid(f"launcher: unknown or incomplete option {name!r}")
            setattr(self, field, value)
        if not self.socket.startswith("/") or not self.version:
            raise Invalid("launcher: --socket with an absolute path and --version are needed")
        if self.files and not self.files.isdigit():
            raise Invalid(f"launcher: --files {self.files!r} is not a number")
        if not self.alone.replace(".", "", 1).isdigit():
            raise Invalid(f"launcher: --alone {self.alone!r} is not a number of seconds")


class Place:
    """Where a launcher listens. Owns the socket and the lock that keeps others from serving there."""

    __slots__ = ("_lock", "_path", "listener")

    def __init__(self, path: str, lock: int, listener: _socket.socket) -> None:
        self._path = path
        self._lock = lock
        self.listener = listener

    def free(self) -> None:
        """Let another launcher have it."""
        self.listener.close()
        if os.path.lexists(self._path):
            os.unlink(self._path)
        os.close(self._lock)


class Launcher:
    """Serves daemons of our own user."""

    def __init__(self, place: Place, version: str, alone: float = ALONE) -> None:
        self._loop = Loop()
        self._place = place
        self._listener = place.listener
        self._alone = alone
        self._waiting: Timer | None = None
        self._keepers: list[int] = []
        self._version = version
        self._daemons: list[Channel] = []
        self._template = Template()
        self._pool = Pool(self._loop, self._template.fork, self._announce, self._lost)
        self._operations = {
            "hello": self._hello,
            "ready": self._ready,
            "claim": self._claim,
            "forgo": self._forgo,
            "create": self._create,
            "clean": self._clean,
            "retire": self._retire,
        }

    def run(self) -> None:
        """Until ``retire``, or until nobody needs it any more."""
        self._template.start()
        self._loop.watch(self._listener.fileno(), READ, lambda _events: self._accept())
        self._wait()
        self._loop.run()

    def _wait(self) -> None:
        """Nobody is connected: end if that stays so and no keeper lives."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = self._loop.after(self._alone, self._still_alone)

    def _still_alone(self) -> None:
        self._waiting = None
        if self._daemons:
            return
        self._keepers = [pid for pid in self._keepers if is_keeper(pid)]
        if self._keepers:
            self._wait()
        else:
            self._end()

    def _end(self) -> None:
        """Give up the parked sandboxes and the place, and end. Keepers live on."""
        self._loop.forget(self._listener.fileno())
        self._place.free()
        self._pool.keep(0, "/hutch")
        self._loop.stop()

    def _accept(self) -> None:
        sock = accept_own(self._listener)
        if sock is None:
            return
        sock.setblocking(False)
        channel = Channel(sock)
        self._daemons.append(channel)
        self._loop.watch(sock.fileno(), READ, lambda _events: self._readable(channel))

    def _readable(self, channel: Channel) -> None:
        try:
            message, fds, _ = channel.receive()
        except BlockingIOError:
            return
        except (Closed, OSError, ValueError):
            self._drop(channel)
            return
        if message.get("op") == "create" and self._pool.after(
            str(message.get("id")), lambda: self._perform(channel, message, fds)
        ):
            return
        self._perform(channel, message, fds)

    def _perform(self, channel: Channel, message: Message, fds: list[int]) -> None:
        """Do what is asked, and answer."""
        operation = self._operations.get(str(message.get("op")))
        try:
            if operation is None:
                raise Invalid(f"unknown launcher operation {message.get('op')!r}")
            operation(channel, message, fds)
        except HutchError as error:
            self._refuse(channel, message, error.kind, str(error))
        except OSError as error:
            self._refuse(channel, message, "system", text_of(error))
        except (KeyError, TypeError, ValueError) as error:
            self._refuse(channel, message, "invalid", f"malformed launcher request {message.get('op')!r}: {error!r}")
        for fd in fds:
            os.close(fd)

    def _drop(self, channel: Channel) -> None:
        if channel in self._daemons:
            self._daemons.remove(channel)
            self._loop.forget(channel.fileno())
            channel.close()
            if not self._daemons:
                self._wait()

    def _answer(self, channel: Channel, request: Message, answer: Message, fds: tuple[int, ...] = ()) -> None:
        if channel not in self._daemons:
            return
        try:
            channel.send({"ok": True, **answer, "seq": request.get("seq")}, fds)
        except (Closed, OSError):
            self._drop(channel)

    def _refuse(self, channel: Channel, request: Message, kind: str, text: str) -> None:
        self._answer(channel, request, {"ok": False, "kind": kind, "message": text})

    # --- requests

    def _hello(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        answer = {"version": self._version, "pid": os.getpid(), "parked": self._pool.free()}
        answer["claimed"] = self._pool.claimed()
        self._answer(channel, request, answer)

    def _ready(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        self._pool.keep(int(request["count"]), str(request.get("cgroup_parent") or "/hutch"))
        self._answer(channel, request, {"parked": self._pool.free()})

    def _claim(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        self._answer(channel, request, {"parked": self._pool.claim(str(request["id"]))})

    def _forgo(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        """The container that had claimed this id is no more."""
        self._pool.discard(str(request["id"]))
        self._answer(channel, request, {})

    def _create(self, channel: Channel, request: Message, fds: list[int]) -> None:
        """Hand the request on to a keeper, and the keeper's channel to the daemon."""
        if channel not in self._daemons:  # it ended while this waited, and nobody would take the keeper
            return
        message = {"op": "create", "id": request["id"], "bundle": request["bundle"], "keeper": request["keeper"]}
        taken = self._pool.take(str(request["id"]))
        pid, control = taken or self._template.fork(None)
        try:
            try:
                failpoint("launcher.forked")
                control.send(message, tuple(fds))
                failpoint("launcher.sent")
            except (Closed, OSError):
                if taken is None:
                    raise Unavailable("the keeper ended before it could be asked") from None
                control.close()  # a parked one died just now: start cold
                pid, control = self._template.fork(None)
                control.send(message, tuple(fds))
            self._answer(channel, request, {"keeper_pid": pid}, (control.fileno(),))
            self._keepers.append(pid)
            if len(self._keepers) > _MANY:
                self._keepers = [each for each in self._keepers if is_keeper(each)]
        finally:
            control.close()
        self._pool.later()

    def _clean(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        """Kill and remove a cgroup."""
        path = str(request["cgroup"])

        def done(status: int) -> None:
            if status:
                self._refuse(channel, request, "system", f"cannot clean cgroup {path}")
            else:
                self._answer(channel, request, {})

        self._loop.child(clean(path), done)

    def _lost(self, name: str, cgroup: str) -> None:
        """A parked keeper, or who prepared its sandbox, was killed: nobody else knows of the cgroup."""
        self._loop.child(clean(cgroup), lambda _status: self._pool.left(name))

    def _retire(self, channel: Channel, request: Message, _fds: list[int]) -> None:
        """Make room for another launcher: give up the parked sandboxes and end. Keepers live on."""
        self._end()
        self._answer(channel, request, {})

    def _announce(self, name: str, there: bool) -> None:
        for channel in list(self._daemons):
            try:
                channel.send({"event": "parked" if there else "given-up", "id": name})
            except (Closed, OSError):
                self._drop(channel)


def clean(path: str) -> int:
    """A child that kills who is in the cgroup and removes it, which takes a while when it is busy; its pid."""
    pid = os.fork()
    if not pid:
        try:
            cgroup = open_cgroup(path)
            cgroup.kill_all()
            cgroup.remove()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return pid


def is_keeper(pid: int) -> bool:
    """Whether the process is there and a keeper."""
    try:
        fd = os.open(f"/proc/{pid}/comm", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return os.read(fd, 16) == b"hutch-keeper\n"
    except ProcessLookupError:
        return False
    finally:
        os.close(fd)


def listen(path: str) -> Place:
    """The listening socket, in a folder that only we may enter. Raises Conflict when another launcher has it."""
    folder = os.path.dirname(path)
    os.makedirs(folder, 0o700, exist_ok=True)
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held until we end: never closed
    except BlockingIOError:
        os.close(lock)
        raise Conflict(f"another launcher serves {path}") from None
    if os.path.lexists(path):
        os.unlink(path)
    kind = _socket.SOCK_SEQPACKET | _socket.SOCK_CLOEXEC | _socket.SOCK_NONBLOCK
    listener = _socket.socket(_socket.AF_UNIX, kind)
    mask = os.umask(0o177)
    try:
        listener.bind(path)
    finally:
        os.umask(mask)
    listener.listen(8)
    return Place(path, lock, listener)


def daemonize(log: str) -> int:
    """Go on in a child with a session of its own; what it must be told it is done with: write to the descriptor.

    The calling process waits for that and then ends: with 0 when "ok" came, else it prints what came and ends with 1.
    """
    read, write = os.pipe2(os.O_CLOEXEC)
    if os.fork():
        os.close(write)
        said = os.read(read, 4096)
        if said != b"ok":
            os.write(2, said or b"hutch launcher: it died before it could serve\n")
        os._exit(0 if said == b"ok" else 1)
    os.close(read)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    null = os.open("/dev/null", os.O_RDWR)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(null, 0)
    os.dup2(out, 1)
    os.dup2(out, 2)
    process.close_from(3, write - 1)
    process.close_from(write + 1)
    return write


def survive() -> None:
    """Be among the last that the kernel ends for want of memory, keepers too; containers set their own value."""
    try:
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.write(fd, b"%d" % OOM_SCORE)
    except PermissionError:  # without CAP_SYS_RESOURCE nobody may lower it: as killable as everyone then
        return
    finally:
        os.close(fd)


def limit_files(most: str) -> None:
    """Open no more files than that, which containers have as their limit too: the daemon has raised its own."""
    if most:
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(most), hard), hard))


def main(arguments: list[str]) -> NoReturn:
    """The whole process."""
    done = 2
    try:
        options = Options(arguments)
        done = daemonize(options.log)
        place = listen(options.socket)
    except (HutchError, OSError) as error:
        os.write(done, f"hutch launcher: {error}\n".encode())
        os._exit(1)
    process.set_name("hutch-launcher")
    signals.refuse_ignorance()
    survive()
    limit_files(options.files)
    os.write(done, b"ok")
    os.close(done)
    rehearse(os.path.dirname(options.socket))
    kept = compact.fill()
    gc.freeze()
    Launcher(place, options.version, float(options.alone)).run()
    del kept
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
