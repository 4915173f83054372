"""``hutch exec``."""

from __future__ import annotations

import posix

from hutch.cli.container.environment import environment
from hutch.cli.container.following import check_terminal
from hutch.cli.session import Session, resizer, watch_size
from hutch.cli.terminal import parse_keys, size
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context
    from hutch.cli.wire import Wire

USAGE = "[OPTIONS] CONTAINER COMMAND [ARG...]"
FLAGS = """\
detach,d bool leave it running in the background
detach-keys string keys that detach
env,e list environment variable (NAME=VALUE, or NAME to pass on)
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
    """Runs a further command in a container."""
    client = context.client
    name = arguments[0]
    tty, stdin = flags.on("tty"), flags.on("interactive")
    detached = flags.on("detach")
    if not detached:
        check_terminal(tty, stdin)
    body: dict[str, Any] = {
        "User": flags.text("user"),
        "Privileged": flags.on("privileged"),
        "Tty": tty,
        "AttachStdin": stdin and not detached,
        "AttachStdout": not detached,
        "AttachStderr": not detached,
        "DetachKeys": flags.text("detach-keys"),
        "Env": environment(flags.list("env-file"), flags.list("env")),
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


def _run(context: Context, flags: Flags, name: str, body: dict[str, Any]) -> int:
    """Creates and starts the exec with one request to our own engine, and waits for it with another meanwhile."""
    client = context.client
    identifier = posix.urandom(32).hex()
    if body["Tty"]:
        body["ConsoleSize"] = list(size(1))
    keys = parse_keys(flags.text("detach-keys"))
    stream = client.hijack(f"/hutch/containers/{name}/exec", {"id": identifier}, body)
    client.hijacked(stream)
    waiting = client.begin("GET", f"/hutch/exec/{identifier}/wait", fresh=True)
    if _session(context, identifier, stream, keys, tty=body["Tty"], stdin=body["AttachStdin"]):
        return 0
    code: int = json_text.decode(client.check(waiting.answer()).read().decode())["ExitCode"]
    return code


def _session(context: Context, identifier: str, stream: Wire, keys: bytes, *, tty: bool, stdin: bool) -> bool:
    """Joins this terminal to the stream until it ends; whether the keys have detached it."""
    session = Session(stream, tty=tty, stdin=stdin, keys=keys, multiplexed=not tty)
    if tty:
        watch_size(resizer(context.client, f"/exec/{identifier}"))
    return session.run()


def _joined(context: Context, flags: Flags, identifier: str, *, tty: bool, stdin: bool) -> int:
    """Starts the exec on this terminal and returns the exit code of its process."""
    client = context.client
    start: dict[str, Any] = {"Detach": False, "Tty": tty}
    if tty:
        start["ConsoleSize"] = list(size(1))
    keys = parse_keys(flags.text("detach-keys"))
    connection = client.hijack(f"/exec/{identifier}/start", None, start)
    client.hijacked(connection)
    if _session(context, identifier, connection, keys, tty=tty, stdin=stdin):
        return 0
    code: int = client.json("GET", f"/exec/{identifier}/json")["ExitCode"] or 0
    return code
