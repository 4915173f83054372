"""``exec``: a further process in a running container."""

from __future__ import annotations

import os

from hutch.model.errors import Conflict, Invalid
from hutch.runtime import bundle, state
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.commands.create import filter_of, preserved, send_pidfd, write_pid_file
from hutch.runtime.commands.run import wait
from hutch.runtime.stages import joining

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

OPTIONS = Options(
    flags="tty detach no-new-privs ignore-paused no-subreaper",
    values="console-socket pidfd-socket cwd user process pid-file process-label apparmor preserve-fds cgroup",
    lists="env additional-gids cap",
    short="e=env t=tty u=user p=process d=detach c=cap g=additional-gids",
)


def run(root: str, parsed: Parsed) -> int:
    """Run it; returns its exit code, or 0 at once with ``--detach``."""
    container = state.load(root, parsed.the_id("exec"))
    status = container.status()
    if status == "stopped":
        raise Conflict("cannot exec in a stopped container")
    if status == "paused" and "ignore-paused" not in parsed.flags:
        raise Conflict("cannot exec in a paused container (use --ignore-paused to override)")
    if parsed.value("cgroup"):
        raise Invalid("--cgroup: a further process always runs in its container's cgroup")
    config = container.config()
    process = process_of(config, parsed)
    terminal = bool(process.get("terminal"))
    if terminal and "detach" in parsed.flags and not parsed.value("console-socket"):
        raise Invalid("cannot allocate tty if runc will detach without setting console socket")
    path = str(container.data["cgroup"])
    target = joining.Target(container.pid, Entry.of(open_cgroup(path) if path else None))
    streams = None if terminal else (0, 1, 2)
    secured = ((config.get("linux") or {}).get("seccomp"), filter_of(config, root))
    running = joining.execute(target, process, streams, lambda: secured, preserved(parsed))
    write_pid_file(parsed.value("pid-file"), running.pid)
    send_pidfd(parsed, "setns", running.pidfd)
    if parsed.value("console-socket"):
        from hutch.runtime import console

        console.send(parsed.value("console-socket"), running.console)
        os.close(running.console)
        running.console = -1
    if "detach" in parsed.flags:
        return 0
    return wait(running.pid, running.pidfd, running.console)


def process_of(config: dict[str, Any], parsed: Parsed) -> dict[str, Any]:
    """The OCI process that the options ask for, on the base of the container's own. Raises Invalid."""
    if path := parsed.value("process"):
        return bundle.read_json(path)
    process: dict[str, Any] = dict(config["process"])
    if len(parsed.args) < 2:
        raise Invalid("process args cannot be empty")
    process["args"] = parsed.args[1:]
    process["terminal"] = "tty" in parsed.flags
    process.pop("consoleSize", None)
    process["env"] = [*process.get("env", []), *parsed.lists.get("env", [])]
    if cwd := parsed.value("cwd"):
        process["cwd"] = cwd
    if label := parsed.value("process-label"):
        process["selinuxLabel"] = label
    if profile := parsed.value("apparmor"):
        process["apparmorProfile"] = profile
    if "no-new-privs" in parsed.flags:
        process["noNewPrivileges"] = True
    if names := parsed.lists.get("cap"):
        process["capabilities"] = _with_capabilities(process.get("capabilities") or {}, names)
    process["user"] = _user(dict(process.get("user") or {}), parsed)
    return process


def _with_capabilities(value: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    return {key: [*value.get(key, []), *names] for key in ("bounding", "effective", "permitted")}


def _user(user: dict[str, Any], parsed: Parsed) -> dict[str, Any]:
    if text := parsed.value("user"):
        uid, _, gid = text.partition(":")
        if not uid.isdigit() or (gid and not gid.isdigit()):
            raise Invalid(f"invalid user {text!r}: it must be uid or uid:gid")
        user["uid"] = int(uid)
        if gid:
            user["gid"] = int(gid)
    for group in parsed.lists.get("additional-gids", []):
        if not group.isdigit():
            raise Invalid(f"invalid group {group!r}: it must be a number")
        user.setdefault("additionalGids", []).append(int(group))
    return user
