"""Follows a container with this terminal: ``run``, ``start -a`` and ``attach``."""

from __future__ import annotations

import posix

from hutch.cli.errors import CommandError, EngineError
from hutch.cli.session import Session, proxy_signals, resizer, watch_size
from hutch.cli.terminal import parse_keys
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client
    from hutch.cli.flags import Flags
    from hutch.cli.wire import Wire


def check_terminal(tty: bool, stdin: bool) -> None:
    """Refuses a terminal for the container where standard input is none."""
    if tty and stdin and not posix.isatty(0):
        raise CommandError("the input device is not a TTY")


def start_code(reason: str) -> int:
    """The exit code of ``run`` for the engine's reason why the process did not start, as Docker's CLI chooses it."""
    if any(
        n in reason for n in ("executable file not found", "no such file or directory", "system cannot find the file")
    ):
        return 127
    if "permission denied" in reason or "is a directory" in reason:
        return 126
    return 125


def exit_code(connection: Wire, client: Client) -> int:
    """The exit code from the answer to a wait request; raises :class:`CommandError` if waiting failed."""
    answer = json_text.decode(client.check(connection.answer()).read().decode())
    error = answer.get("Error")
    if error and error.get("Message"):
        raise CommandError(f"Error waiting for container: {error['Message']}", 125)
    code: int = answer["StatusCode"]
    return code


def _query(flags: Flags, streams: tuple[bool, bool, bool]) -> dict[str, Any]:
    return {
        "stream": True,
        "stdin": streams[0],
        "stdout": streams[1],
        "stderr": streams[2],
        "detachKeys": flags.text("detach-keys"),
    }


def run_attached(client: Client, flags: Flags, identifier: str, body: dict[str, Any]) -> int:
    """Attaches, starts and waits: attach and wait are sent together, the start when both are registered."""
    streams = (body["AttachStdin"], body["AttachStdout"], body["AttachStderr"])
    keys = parse_keys(flags.text("detach-keys"))
    condition = "removed" if flags.on("rm") else "next-exit"
    stream = client.hijack(f"/containers/{identifier}/attach", _query(flags, streams)) if any(streams) else None
    waiting = client.begin("POST", f"/containers/{identifier}/wait", {"condition": condition}, fresh=True)
    if stream is not None:
        client.hijacked(stream)
    if flags.on("sig-proxy") and not body["Tty"]:
        proxy_signals(client, identifier)
    while b"\r\n\r\n" not in waiting.buffer and waiting.more():
        pass  # the head of the answer says that the wait is registered
    client.request("POST", f"/containers/{identifier}/start").read()
    if body["Tty"] and any(streams):
        watch_size(resizer(client, f"/containers/{identifier}"))
    if stream is not None:
        session = Session(stream, tty=body["Tty"], stdin=streams[0], keys=keys, multiplexed=not body["Tty"])
        if session.run():
            return 0
    return exit_code(waiting, client)


def start_attached(client: Client, flags: Flags, name: str) -> int:
    """``start -a`` and ``start -i``."""
    found = client.json("GET", f"/containers/{name}/json")
    config = found["Config"]
    tty = bool(config["Tty"])
    stdin = flags.on("interactive") and bool(config["OpenStdin"])
    check_terminal(tty, stdin)
    keys = parse_keys(flags.text("detach-keys"))
    stream = client.hijack(f"/containers/{name}/attach", _query(flags, (stdin, True, True)))
    condition = "removed" if found["HostConfig"]["AutoRemove"] else "next-exit"
    waiting = client.begin("POST", f"/containers/{name}/wait", {"condition": condition}, fresh=True)
    client.hijacked(stream)
    if flags.on("sig-proxy") and not tty:
        proxy_signals(client, name)
    while b"\r\n\r\n" not in waiting.buffer and waiting.more():
        pass
    try:
        client.request("POST", f"/containers/{name}/start").read()
    except EngineError as error:
        raise CommandError(f"{error.message}\nfailed to start containers: {name}") from None
    if tty:
        watch_size(resizer(client, f"/containers/{name}"))
    if Session(stream, tty=tty, stdin=stdin, keys=keys, multiplexed=not tty).run():
        return 0
    return exit_code(waiting, client)


def follow(client: Client, flags: Flags, name: str, *, tty: bool, stdin: bool) -> int:
    """``attach``: joins a running container until it ends or the keys detach."""
    keys = parse_keys(flags.text("detach-keys"))
    waiting = client.begin("POST", f"/containers/{name}/wait", {}, fresh=True)
    stream = client.hijack(f"/containers/{name}/attach", _query(flags, (stdin, True, True)))
    client.hijacked(stream)
    if flags.on("sig-proxy") and not tty:
        proxy_signals(client, name)
    if tty:
        watch_size(resizer(client, f"/containers/{name}"))
    if Session(stream, tty=tty, stdin=stdin, keys=keys, multiplexed=not tty).run():
        raise CommandError("read escape sequence")
    return exit_code(waiting, client)
