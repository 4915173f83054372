"""``hutch exec``."""

from __future__ import annotations

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context
    from hutch.cli.session import Session
    from hutch.cli.wire import Wire

USAGE = "[OPTIONS] CONTAINER COMMAND [ARG...]"
FLAGS = """\
detach,d bool leave it running in the background
detach-keys string keys that detach
env,e env environment variable (NAME=VALUE, or NAME to pass on)
env-file list file of environment variables
interactive,i bool keep standard input open
privileged bool give all capabilities
tty,t bool give the process a terminal
user,u string user (NAME or UID, and :GROUP)
workdir,w string working directory
"""
ARGUMENTS: tuple[int, int | None] = (2, None)
INTERSPERSED = False


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Runs a further command in a container.

    What is imported late is not needed for the request: it is loaded while the engine works.
    """
    client = context.client
    client.ahead()
    name = arguments[0]
    tty, stdin = flags.on("tty"), flags.on("interactive")
    detached = flags.on("detach")
    if tty and not detached:
        from hutch.cli.container.following import check_terminal

        check_terminal(tty, stdin)
    body: dict[str, Any] = {
        "User": flags.text("user"),
        "Privileged": flags.on("privileged"),
        "Tty": tty,
        "AttachStdin": stdin and not detached,
        "AttachStdout": not detached,
        "AttachStderr": not detached,
        "DetachKeys": flags.text("detach-keys"),
        "Env": _environment(flags),
        "WorkingDir": flags.text("workdir"),
        "Cmd": arguments[1:],
    }
    if client.address.own and not detached:
        return _run(context, flags, name, body)
    identifier = client.json("POST", f"/containers/{name}/exec", None, body)["Id"]
    if detached:
        client.request("POST", f"/exec/{identifier}/start", None, {"Detach": True, "Tty": tty}).read()
        return 0
    return _joined(context, flags, identifier, tty=tty, stdin=stdin)


def _environment(flags: Flags) -> list[str]:
    if "env" not in flags and "env-file" not in flags:
        return []
    from hutch.cli.container.environment import environment
    from hutch.cli.errors import CommandError, OptionError

    try:
        return environment(flags.list("env-file"), flags.list("env"))
    except OptionError as error:
        raise CommandError(error.message) from None  # 125 is for run and create


def _run(context: Context, flags: Flags, name: str, body: dict[str, Any]) -> int:
    """Creates and starts the exec with one request to our own engine, whose stream ends with the exit code.

    A terminal's has no frames, and a stream may break: then the engine is asked for it.
    """
    client = context.client
    identifier = posix.urandom(32).hex()
    keys = _keys(flags, tty=body["Tty"])
    if body["Tty"]:
        from hutch.cli.terminal import size

        body["ConsoleSize"] = list(size(1))
    stream = client.hijack(f"/hutch/containers/{name}/exec", {"id": identifier}, body)
    session = _session(stream, keys, tty=body["Tty"], stdin=body["AttachStdin"])
    client.hijacked(stream)
    waiting = client.begin("GET", f"/hutch/exec/{identifier}/wait", fresh=True) if body["Tty"] else None
    if _follow(context, identifier, session):
        return 0
    if session.status is not None:
        return session.status
    if waiting is None:
        waiting = client.begin("GET", f"/hutch/exec/{identifier}/wait", fresh=True)
    from hutch.model import json_text

    code: int = json_text.decode(client.check(waiting.answer()).read().decode())["ExitCode"]
    return code


def _keys(flags: Flags, *, tty: bool) -> bytes:
    """The keys that detach from a terminal; raises :class:`CommandError`."""
    if not tty and not flags.text("detach-keys"):
        return b""
    from hutch.cli.terminal import parse_keys

    return parse_keys(flags.text("detach-keys"))


def _session(stream: Wire, keys: bytes, *, tty: bool, stdin: bool) -> Session:
    from hutch.cli.session import Session

    return Session(stream, tty=tty, stdin=stdin, keys=keys, multiplexed=not tty)


def _follow(context: Context, identifier: str, session: Session) -> bool:
    """Joins this terminal to the stream until it ends or the keys have detached it; whether they have."""
    if session.tty:
        from hutch.cli.session import resizer, watch_size

        watch_size(resizer(context.client, f"/exec/{identifier}"))
    return session.run()


def _joined(context: Context, flags: Flags, identifier: str, *, tty: bool, stdin: bool) -> int:
    """Starts the exec on this terminal and returns the exit code of its process."""
    client = context.client
    start: dict[str, Any] = {"Detach": False, "Tty": tty}
    keys = _keys(flags, tty=tty)
    if tty:
        from hutch.cli.terminal import size

        start["ConsoleSize"] = list(size(1))
    stream = client.hijack(f"/exec/{identifier}/start", None, start)
    client.hijacked(stream)
    if _follow(context, identifier, _session(stream, keys, tty=tty, stdin=stdin)):
        return 0
    code: int = client.json("GET", f"/exec/{identifier}/json")["ExitCode"] or 0
    return code
