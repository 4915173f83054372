"""The life of a keeper: one container from create to release.

The order at the end matters. When the container's first process ended: kill what is left of the container, read what
is left of its output, put ``exit.json`` in place, and only then tell the daemon and end the clients' connections. The
keeper stays until a daemon says ``release``. Without any daemon it stays :data:`ALONE` seconds after the exit (or,
when the container was never started, after the daemon went away), then cleans up by itself: ``exit.json`` is left.
"""

from __future__ import annotations

import _socket
import os
import time
from collections.abc import Callable
from os import fork, setsid

from hutch.linux import process, signals
from hutch.linux.failpoint import failpoint
from hutch.model.errors import Conflict, Invalid
from hutch.model.undo import suppress
from hutch.runtime.cgroups import oom
from hutch.runtime.cgroups.oom import Watch
from hutch.runtime.keeper import console, maker, state
from hutch.runtime.keeper.control import Control, listen
from hutch.runtime.keeper.exec import DRAIN, Execs, connect, failure, wanted
from hutch.runtime.keeper.foreign import Foreign
from hutch.runtime.keeper.log import open_log
from hutch.runtime.keeper.loop import READ, Loop, Timer
from hutch.runtime.keeper.sandbox import Sandbox, read_config
from hutch.runtime.keeper.stdio import Ends, Pipes
from hutch.runtime.keeper.streams import Streams
from hutch.runtime.stages.channel import Channel, Closed, pair

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from hutch.runtime.keeper.control import Message

ALONE = 30.0
_FLUSH_CHECK = 0.2


def run(channel: Channel, parked: tuple[str, str] | None = None) -> NoReturn:
    """The whole process, just forked from the launcher; ``channel`` leads to the launcher, later to the daemon.

    ``parked`` is (id, cgroup) of a standard sandbox to prepare before the request comes.
    """
    code = 1
    try:
        become_keeper()
        ours, theirs = pair()
        if not fork():
            ours.close()
            maker.make(channel, theirs, parked)
        theirs.close()
        loop = Loop()
        if take_over(loop, channel, ours) is not None:
            loop.run()
        code = 0
    finally:
        os._exit(code)


def become_keeper() -> None:
    """Leave the launcher's session, and become the reaper of what the container leaves behind.

    Nothing is closed here: the template holds no descriptors but its own socket, and lets go of that.
    """
    signals.forget_children()
    setsid()
    process.set_name("hutch-keeper")
    process.become_subreaper()


def take_over(loop: Loop, channel: Channel, making: Channel) -> Keeper | None:
    """Wait for what the maker makes, and begin to keep it; None when there is nothing to keep."""
    try:
        received, fds, _ = making.receive()
    except Closed:  # nobody wanted it
        return None
    making.close()
    made: Message = received
    if made["kind"] == "made":
        keeper = Keeper(loop, channel, Sandbox(made, fds.pop(0), fds.pop(0), fds.pop(0)), made)
        keeper.adopt(made, fds)
    elif made["kind"] == "foreign":
        request: Message = made["request"]
        keeper = Keeper(loop, channel, Foreign(request["keeper"]["runtime"]), request)
        keeper.create(fds)
    else:
        return None
    return keeper


class Keeper:
    """One container. ``state`` goes ``creating``, ``created``, ``running`` (``paused``), ``exited``."""

    def __init__(self, loop: Loop, channel: Channel, sandbox: Any, request: Message) -> None:
        self.loop = loop
        self.control = Control(self.loop, self._handle, self._alone)
        self.control.add(channel)
        self._sandbox = sandbox
        self._id: str = request["id"]
        self._bundle: str = request["bundle"]
        self._spec: Message = request["keeper"]
        self._state = "creating"
        self._started = 0
        self._exit: Message | None = None
        self._oom: Watch | None = None
        self._memory: tuple[str, int] = ("", 0)
        self._ooms = 0
        self._timer: Timer | None = None
        self._released = self._reaped = False
        self._begun = bool(request.get("begun"))
        self._streams: Streams
        self._execs = Execs(self.loop, sandbox, self.control.event)

    # --- from nothing to running

    def adopt(self, made: Message, fds: list[int]) -> None:
        """Take over a container that was made (and told of), and start it when the request says so."""
        spec = self._spec
        if made["oom"]:
            folder, version, self._ooms = made["oom"]
            self._memory = folder, version
            self._oom = Watch.of([fds.pop(0) for _ in range(2 if version == 1 else 1)])
            self.loop.watch(self._oom.fd, READ, lambda _events: self._oom_event())
        try:
            self.control.serve(_socket.socket(fileno=fds.pop(0)))
            self._streams = Streams(self.loop, open_log(spec.get("log")))
            if spec.get("terminal"):
                connect(self._streams, None, fds.pop(0))
            else:
                ends = Ends(fds.pop(0), fds.pop(0), fds.pop(0) if spec.get("stdin") else -1)
                connect(self._streams, ends, -1)
        except BaseException as error:
            self._failed(error)
            return
        self._created(fds)

    def create(self, fds: list[int]) -> None:
        """Make a container of another runtime, tell so, and go on. What fails becomes a ``failed`` event."""
        spec = self._spec
        pipes = None
        try:
            self._streams = Streams(self.loop, open_log(spec.get("log")))
            self.control.serve(listen(spec["socket"]))
            config = read_config(self._bundle)
            pipes = None if spec.get("terminal") else Pipes(stdin=bool(spec.get("stdin")))
            stdio = pipes.theirs if pipes else None
            master = self._sandbox.create(self._id, config, self._bundle, spec, stdio)
        except BaseException as error:
            if pipes:
                pipes.close_theirs()
                pipes.close_ours()
            self._failed(error)
            return
        if pipes:
            pipes.close_theirs()
        connect(self._streams, pipes, master)
        failpoint("keeper.created")
        cgroup = self._sandbox.cgroup.path if self._sandbox.cgroup else ""
        state.write_running(self._spec["state"], self._id, os.getpid(), self._sandbox.pid, cgroup)
        failpoint("keeper.recorded")
        self._watch_oom()
        self._tell_created()
        self._created(fds)

    def _created(self, fds: list[int]) -> None:
        spec = self._spec
        self._streams.on_end = self._output_ended
        self._state = "created"
        self.loop.child(self._sandbox.pid, self._init_ended)
        if spec.get("attach") and fds:
            self._attach(spec["attach"], fds)
        if spec.get("start"):
            self._start({}, [])

    def _tell_created(self) -> None:
        netns = self._sandbox.namespace("network")
        self.control.event({"event": "created", "pid": self._sandbox.pid}, (netns,))
        os.close(netns)

    def _start(self, _message: Message, _fds: list[int]) -> None:
        if self._state != "created":
            raise Conflict(f"container is {self._state}")
        try:
            if self._begun:
                self._sandbox.follow(lambda: self.control.event({"event": "created", "pid": self._sandbox.pid}))
            else:
                self._sandbox.start()
        except BaseException as error:
            self._state = "failed"
            self._failed(error)
            return
        self._state = "running"
        self._started = time.time_ns()
        failpoint("keeper.started")
        self.control.event({"event": "started", "pid": self._sandbox.pid, "at": self._started})

    def _failed(self, error: BaseException) -> None:
        """The container cannot be: clean up, tell why, and end."""
        self._sandbox.kill()
        self._state = "failed"
        streams = getattr(self, "_streams", None)
        if streams:
            streams.drain()
            streams.finish()
            streams.close_log()
        try:
            self._remove_sandbox()
        finally:
            self.control.event({"event": "failed", **failure(error)})
            self._end_when_flushed()

    def close(self) -> None:
        """Let go of everything, whatever happens to the container."""
        self._end_oom_watch()
        self._streams.finish()
        self._streams.close_log()
        self.control.close()
        self._sandbox.remove()

    # --- requests

    def _handle(self, message: Message, fds: list[int]) -> None:
        operation = _OPERATIONS.get(str(message.get("op")))
        if operation is None:
            raise Invalid(f"unknown keeper operation {message.get('op')!r}")
        operation(self, message, fds)

    def _attach(self, message: Message, fds: list[int]) -> None:
        if self._state in ("exited", "failed"):
            raise Conflict(f"container is {self._state}")
        if not fds:
            raise Invalid("attach needs the client's connection")
        seq = message.get("seq")
        self._streams.attach(
            fds.pop(0),
            names=wanted(message),
            mux=bool(message.get("mux")),
            stdin=bool(message.get("stdin")),
            once=bool(self._spec.get("stdin_once")),
            keys=bytes.fromhex(message.get("detach_keys") or ""),
            pending=bytes.fromhex(message.get("pending") or ""),
            blocking=bool(message.get("blocking")),
            ended=lambda reason: self.control.event({"event": "detached", "seq": seq, "reason": reason}),
        )

    def _signal(self, message: Message, _fds: list[int]) -> None:
        if self._state not in ("created", "running", "paused"):
            raise Conflict(f"container is {self._state}")
        self._sandbox.signal(int(message["sig"]), bool(message.get("all")))

    def _pause(self, _message: Message, _fds: list[int]) -> None:
        if self._state != "running":
            raise Conflict(f"container is {self._state}")
        self._sandbox.pause()
        self._state = "paused"

    def _resume(self, _message: Message, _fds: list[int]) -> None:
        if self._state != "paused":
            raise Conflict("container is not paused")
        self._sandbox.resume()
        self._state = "running"

    def _exec(self, message: Message, fds: list[int]) -> None:
        if self._state != "running":
            error = Conflict(f"container is {self._state}")
            self.control.event({"event": "exec-failed", "exec": message["exec"], **failure(error)})
            raise error
        self._execs.start(message, fds)

    def _resize(self, message: Message, _fds: list[int]) -> None:
        console.resize(self._streams, int(message["h"]), int(message["w"]))

    def _update(self, message: Message, _fds: list[int]) -> None:
        self._sandbox.update(message["resources"])

    def _exec_resize(self, message: Message, _fds: list[int]) -> None:
        self._execs.resize(message["exec"], int(message["h"]), int(message["w"]))

    def _exec_signal(self, message: Message, _fds: list[int]) -> None:
        self._execs.signal(message["exec"], int(message["sig"]))

    def _status(self, _message: Message, _fds: list[int]) -> None:
        execs = self._execs.pids()
        pid = self._sandbox.pid
        status = {"event": "status", "state": self._state, "pid": pid, "execs": execs, "exit": self._exit}
        status["started"] = self._started
        self.control.event(status)

    # --- memory

    def _watch_oom(self) -> None:
        cgroup = self._sandbox.cgroup
        folder = cgroup.folder("memory") if cgroup is not None else None
        if folder is None:
            return
        self._memory = folder, cgroup.layout.version_of("memory")
        self._ooms = cgroup.oom_count()
        self._oom = cgroup.watch_oom()
        self.loop.watch(self._oom.fd, READ, lambda _events: self._oom_event())

    def _oom_event(self) -> None:
        if self._oom is not None:
            self._oom.drain()
        count = oom.count(*self._memory)
        if count > self._ooms:
            self._ooms = count
            self.control.event({"event": "oom"})

    def _end_oom_watch(self) -> bool:
        """Whether there was an out-of-memory kill; the watch is over."""
        if self._oom is None:
            return False
        self._oom_event()
        self.loop.forget(self._oom.fd)
        self._oom.close()
        self._oom = None
        return self._ooms > 0

    # --- the end

    def _init_ended(self, status: int) -> None:
        self._reaped = True
        if self._state == "failed":
            return
        at = time.time_ns()
        self._execs.kill()
        self._sandbox.end()
        code, number = state.outcome(status)
        self._exit = {"code": code, "signal": number, "oom": self._end_oom_watch(), "at": at}
        self._timer = self.loop.after(DRAIN if self._streams.open else 0.0, self._exited)

    def _output_ended(self) -> None:
        if self._exit is not None and self._timer:
            self._timer.cancel()
            self._exited()

    def _exited(self) -> None:
        self._timer = None
        streams = self._streams
        streams.on_end = None
        streams.drain()
        for name in ("stdout", "stderr"):
            streams.log.finish(name)
        streams.close_log()
        self._state = "exited"
        exit_record: Message = self._exit or {}
        failpoint("keeper.ended")
        # Not synced: the folder does not outlive a boot, and after one nobody asks for what ran before it.
        with suppress(OSError):  # a full disk: whoever asks for the status within ALONE seconds knows all the same
            state.write(self._spec["exit"], {"id": self._id, **exit_record}, durable=False)
        self.control.event({"event": "exit", **exit_record})
        streams.finish()
        if not self.control.connected:
            self._alone()

    def _alone(self) -> None:
        """No daemon is connected (any more)."""
        if self._state in ("exited", "created", "creating") and not self._released:
            self.loop.after(ALONE, self._still_alone)

    def _still_alone(self) -> None:
        if not self.control.connected and self._state in ("exited", "created", "creating"):
            self._release({}, [])

    def _release(self, _message: Message, _fds: list[int]) -> None:
        if self._released:
            return
        self._released = True
        if self._state != "exited":
            self._sandbox.kill()
            self._state = "failed"
            self._streams.finish()
            self._streams.close_log()
        self.loop.after(0, self._end_when_flushed)  # whatever comes of the rest
        try:
            self._remove_sandbox()
        finally:
            for path in (self._spec["socket"], self._spec["state"]):
                with suppress(FileNotFoundError):
                    os.unlink(path)

    def _remove_sandbox(self) -> None:
        """Wait for the killed first process and remove what is left.

        Execs are our children, and the kernel does not let a pid namespace end before all in it are reaped: so
        whoever comes is reaped until the first process comes.
        """
        self._end_oom_watch()
        with suppress(ChildProcessError):
            while not self._reaped and self._sandbox.pid:
                self._reaped = os.waitpid(-1, 0)[0] == self._sandbox.pid
        self._sandbox.remove()

    def _end_when_flushed(self) -> None:
        """End the process as soon as every client has what it is owed."""
        streams = getattr(self, "_streams", None)
        if (streams is None or streams.flushed) and self._execs.flushed:
            self.loop.stop()
        else:
            self.control.close()
            self.loop.after(_FLUSH_CHECK, self._end_when_flushed)


_OPERATIONS: dict[str, Callable[[Keeper, Message, list[int]], None]] = {
    "start": Keeper._start,
    "attach": Keeper._attach,
    "resize": Keeper._resize,
    "signal": Keeper._signal,
    "pause": Keeper._pause,
    "resume": Keeper._resume,
    "update": Keeper._update,
    "exec": Keeper._exec,
    "exec-resize": Keeper._exec_resize,
    "exec-signal": Keeper._exec_signal,
    "status": Keeper._status,
    "release": Keeper._release,
}
"""One for all keepers: a table of each one's own methods would be memory of its own."""
