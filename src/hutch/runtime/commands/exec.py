"""``exec``: a further process in a running container."""

from __future__ import annotations

import os

from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.runtime import bundle, notify, state
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.cgroups.cgroup import open_cgroup
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.commands.create import (
    check_terminal,
    filter_of,
    preserved,
    send_pidfd,
    warn_of_capabilities,
    write_pid_file,
)
from hutch.runtime.commands.run import wait
from hutch.runtime.stages import joining
from hutch.runtime.users import MAX_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.runtime.cgroups.cgroup import Cgroup

OPTIONS = Options(
    flags="tty detach no-new-privs ignore-paused no-subreaper",
    values="console-socket pidfd-socket cwd user process pid-file process-label apparmor preserve-fds",
    lists="env additional-gids cap cgroup",
    short="e=env t=tty u=user p=process d=detach c=cap g=additional-gids",
)


def run(root: str, parsed: Parsed) -> int:
    """Run it; returns its exit code, or 0 at once with ``--detach``."""
    container = state.load(root, parsed.the_id())
    status = container.status()
    if status == "stopped":
        raise Conflict("cannot exec in a stopped container")
    if status == "paused" and "ignore-paused" not in parsed.flags:
        raise Conflict("cannot exec in a paused container (use --ignore-paused to override)")
    config = container.config()
    process = process_of(config, parsed)
    terminal = bool(process.get("terminal"))
    check_terminal(terminal, "detach" in parsed.flags, parsed.value("console-socket"))
    path = str(container.data["cgroup"])
    warn_of_capabilities(process, parsed)
    target = joining.Target(
        container.pid, entry_of(open_cgroup(path) if path else None, parsed.lists.get("cgroup", []))
    )
    streams = None if terminal else (0, 1, 2)
    linux = {key: config["linux"][key] for key in ("personality", "memoryPolicy") if config["linux"].get(key)}
    secured = ((config.get("linux") or {}).get("seccomp"), filter_of(config, root))

    def heard(joined: joining.Joining, number: int) -> None:
        notify.deliver(joined.pidfd, number, secured[0] or {}, joined.pid, container.to_spec("running"))

    running = joining.execute(target, process, streams, lambda: secured, preserved(parsed), heard, linux)
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


def entry_of(cgroup: Cgroup | None, wanted: list[str]) -> Entry:
    """The way into the container's cgroup, or into existing ones below it: ``[controller[,controller]:]path``.

    Raises Invalid.
    """
    entry = Entry.of(cgroup)
    if cgroup is None:
        if wanted:
            raise Invalid("--cgroup: the container has no cgroup of its own")
        return entry
    for text in wanted:
        names, _, path = text.rpartition(":")
        below = "/".join(part for part in path.split("/") if part)
        if ".." in below.split("/"):
            raise Invalid(f"{path} is not a sub cgroup path")
        if not below:
            continue
        folders = [_folder(cgroup, name, text) for name in names.split(",")] if names else cgroup.v1_folders()
        tasks = {f"{folder}/tasks": f"{folder}/{below}/tasks" for folder in folders}
        entry.tasks = [tasks.get(file, file) for file in entry.tasks]
        if entry.unified and not names and (not cgroup.layout.v1 or os.path.isdir(f"{entry.unified}/{below}")):
            entry.unified = f"{entry.unified}/{below}"
    return entry


def _folder(cgroup: Cgroup, controller: str, text: str) -> str:
    folder = cgroup.folder(controller)
    if folder is None or cgroup.layout.version_of(controller) != 1:
        raise Invalid(f"unknown controller {controller} in --cgroup {text}")
    return folder


def process_of(config: dict[str, Any], parsed: Parsed) -> dict[str, Any]:
    """The OCI process that the options ask for, on the base of the container's own. Raises Invalid."""
    if path := parsed.value("process"):
        try:
            process = bundle.read_json(path)
        except FileNotFoundError:
            raise NotFound(f"open {path}: no such file or directory") from None
        _check(process)
        return process
    process = dict(config["process"])
    if len(parsed.args) < 2:
        raise Invalid("exec args cannot be empty")
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
    _check(process)
    return process


def _check(process: dict[str, Any]) -> None:
    if not process.get("args"):
        raise Invalid("args must not be empty")
    if not process.get("cwd"):
        raise Invalid("Cwd property must not be empty")
    if not str(process["cwd"]).startswith("/"):
        raise Invalid("Cwd must be an absolute path")


def _with_capabilities(value: dict[str, list[str]], names: list[str]) -> dict[str, list[str]]:
    return {key: [*value.get(key, []), *names] for key in ("bounding", "effective", "permitted")}


def _user(user: dict[str, Any], parsed: Parsed) -> dict[str, Any]:
    if text := parsed.value("user"):
        uid, _, gid = text.partition(":")
        user["uid"] = _number(uid, "uid")
        if gid:
            user["gid"] = _number(gid, "gid")
    if groups := parsed.lists.get("additional-gids"):
        numbers = [_number(group, "additional gid") for group in groups]
        user["additionalGids"] = [*(user.get("additionalGids") or []), *numbers]
    return user


def _number(text: str, what: str) -> int:
    """An id. Raises Invalid, also for one that the kernel's 32 bits would make another of."""
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"bad {what}: {text!r} is not a number")
    if len(text) > 10 or int(text) > MAX_ID:
        raise Invalid(f"bad {what}: uids and gids must be in range 0-{MAX_ID}")
    return int(text)
