"""``hutch exec``."""

from __future__ import annotations

from hutch.cli.container.environment import environment
from hutch.cli.container.following import check_terminal
from hutch.cli.session import Session, resizer, watch_size
from hutch.cli.terminal import parse_keys, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

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
    identifier = client.json("POST", f"/containers/{name}/exec", None, body)["Id"]
    if detached:
        client.request("POST", f"/exec/{identifier}/start", None, {"Detach": True, "Tty": tty}).read()
        return 0
    return _joined(context, flags, identifier, tty=tty, stdin=stdin)


def _joined(context: Context, flags: Flags, identifier: str, *, tty: bool, stdin: bool) -> int:
    """Starts the exec on this terminal and returns the exit code of its process."""
    client = context.client
    start: dict[str, Any] = {"Detach": False, "Tty": tty}
    if tty:
        start["ConsoleSize"] = list(size(1))
    keys = parse_keys(flags.text("detach-keys"))
    connection = client.hijack(f"/exec/{identifier}/start", None, start)
    client.hijacked(connection)
    session = Session(connection, tty=tty, stdin=stdin, keys=keys, multiplexed=not tty)
    if tty:
        watch_size(resizer(client, f"/exec/{identifier}"))
    if session.run():
        return 0
    code: int = client.json("GET", f"/exec/{identifier}/json")["ExitCode"] or 0
    return code
