"""What ``--help`` prints, in the form that runc's users know: NAME, USAGE, DESCRIPTION, OPTIONS.

Loaded only when somebody asks, or has asked for something that does not exist. Pure.
"""

from __future__ import annotations

from hutch.runtime.arguments import ARITY

Rows = list[tuple[str, str]]

_ID = "<container-id>"
_BUNDLE = ("--bundle value, -b value", "folder with config.json and the root file system (default: the current one)")
_CONSOLE = ("--console-socket value", "unix socket that the master of the process's terminal is sent to")
_PIDFD = ("--pidfd-socket value", "unix socket that a pidfd of the process is sent to")
_PID_FILE = ("--pid-file value", "file to write the process id to")
_FDS = ("--preserve-fds value", "how many descriptors from 3 on the process gets beside its streams (default: 0)")
_FORMAT = ("--format value, -f value", 'one of: table or json (default: "table")')
_MAKE: Rows = [
    ("--no-pivot", "enter the root by chroot(2); for a root file system on a ramdisk, which cannot be pivoted from"),
    ("--no-new-keyring", "leave the process in the caller's session keyring"),
    _FDS,
]

COMMANDS: dict[str, tuple[str, str, str, Rows]] = {
    "create": (
        "make a container from a bundle; its process waits for start",
        f"[command options] {_ID}",
        "The container gets everything its config.json says. The process that it names is executed by start.",
        [_BUNDLE, _CONSOLE, _PIDFD, _PID_FILE, *_MAKE],
    ),
    "delete": (
        "remove what a stopped container has left",
        f"[command options] {_ID}",
        "",
        [("--force, -f", "end it by SIGKILL first if it runs; no error when there is none")],
    ),
    "events": (
        "print the resource use and the out-of-memory events of a container",
        f"[command options] {_ID}",
        "One JSON object a line, until the container ends.",
        [
            ("--interval value", "time between two sets of figures (default: 5s)"),
            ("--stats", "print one set of figures and end"),
        ],
    ),
    "exec": (
        "run a further process in a running container",
        f"[command options] {_ID} <command> [arguments]  || -p process.json {_ID}",
        "",
        [
            _CONSOLE,
            _PIDFD,
            ("--cwd value", "working directory in the container"),
            ("--env value, -e value", "an environment variable, NAME=VALUE; may be given many times"),
            ("--tty, -t", "give it a terminal"),
            ("--user value, -u value", "uid, or uid:gid"),
            ("--additional-gids value, -g value", "a supplementary group id; may be given many times"),
            ("--process value, -p value", "file with an OCI process as JSON, in place of a command and its options"),
            ("--detach, -d", "do not wait for it to end"),
            _PID_FILE,
            ("--process-label value", "its SELinux label"),
            ("--apparmor value", "its AppArmor profile"),
            ("--no-new-privs", "execve(2) grants it nothing new"),
            ("--cap value, -c value", "a capability it gets beside the container's; may be given many times"),
            _FDS,
            ("--cgroup value", "put it into an existing cgroup below the container's: [<controller>[,...]:]<cgroup>"),
            ("--ignore-paused", "do not refuse a paused container; the process runs when it is resumed"),
            ("--no-subreaper", "accepted"),
        ],
    ),
    "features": ("print what this runtime can do, as JSON", "", "", []),
    "kill": (
        "send a signal to a container's first process (default: SIGTERM)",
        f"[command options] {_ID} [signal]",
        "The signal is a number or a name, with or without SIG.",
        [("--all, -a", "send it to all processes of the container")],
    ),
    "list": (
        "print the containers below --root",
        "[command options]",
        "",
        [_FORMAT, ("--quiet, -q", "print their ids only")],
    ),
    "pause": ("freeze all processes of a container", _ID, "", []),
    "ps": ("print the processes of a container", f"[command options] {_ID} [ps options]", "", [_FORMAT]),
    "resume": ("let the processes of a paused container go on", _ID, "", []),
    "run": (
        "create a container, start it, and wait for its end",
        f"[command options] {_ID}",
        "",
        [
            _BUNDLE,
            _CONSOLE,
            _PIDFD,
            ("--detach, -d", "do not wait for its end"),
            ("--keep", "do not delete the container when it has ended"),
            _PID_FILE,
            ("--no-subreaper", "do not become the parent of processes that the container leaves behind"),
            *_MAKE,
        ],
    ),
    "spec": (
        "write a config.json to start from",
        "[command options]",
        "It runs a shell in ./rootfs with the usual mounts and few capabilities.",
        [
            ("--bundle value, -b value", "folder to write it to (default: the current one)"),
            ("--rootless", "one for a user who is not root: with a user namespace, without limits"),
        ],
    ),
    "start": ("execute the process of a created container", _ID, "", []),
    "state": ("print the state of a container as JSON", _ID, "", []),
    "update": (
        "change the limits of a container",
        f"[command options] {_ID}",
        "Sizes may end in b, k, m, g or t. What is not named stays as it is.",
        [
            ("--resources value, -r value", "file with OCI resources as JSON, or -; all else is ignored then"),
            ("--blkio-weight value", "share of the disks' time, from 10 to 1000"),
            ("--cpu-period value", "length of a period of the hard limit, in microseconds"),
            ("--cpu-quota value", "CPU time within a period, in microseconds"),
            ("--cpu-burst value", "unused CPU time that may be saved up, in microseconds"),
            ("--cpu-share value", "weight against other cgroups"),
            ("--cpu-rt-period value", "length of a period of the limit for realtime processes, in microseconds"),
            ("--cpu-rt-runtime value", "realtime CPU time within a period, in microseconds"),
            ("--cpuset-cpus value", "processors to run on"),
            ("--cpuset-mems value", "memory nodes to use"),
            ("--memory value", "limit of memory"),
            ("--cpu-idle value", "1 for the SCHED_IDLE policy, 0 for the ordinary one"),
            ("--memory-reservation value", "memory that is left to it when the machine runs short"),
            ("--memory-swap value", "limit of memory and swap together; -1 for no limit"),
            ("--pids-limit value", "most processes and threads; -1 for no limit"),
            ("--l3-cache-schema value", "refused: Intel RDT is not supported"),
            ("--mem-bw-schema value", "refused: Intel RDT is not supported"),
        ],
    ),
}  # fmt: skip

_GLOBAL: Rows = [
    ("--debug", "log every step at level debug"),
    ("--log value", "file to write errors to (default: standard error)"),
    ("--log-format value", '"text" or "json" (default: "text")'),
    ("--root value", 'where the state of containers is kept; should be on a tmpfs (default: "/run/hutch-runtime")'),
    ("--systemd-cgroup", "refused: cgroups are made in the file system, not by systemd"),
    ("--rootless value", 'whether it is no error that a cgroup may not be made: "true", "false" or "auto"'),
    ("--help, -h", "show help"),
    ("--version, -v", "print the version"),
]  # fmt: skip


def overview(version: str) -> str:
    """What ``--help`` without a command prints."""
    commands = [(name, entry[0]) for name, entry in COMMANDS.items()]
    commands.append(("help, h", "show a list of commands, or help for one command"))
    return (
        "NAME:\n   hutch-runtime - Open Container Initiative runtime\n\n"
        "A bundle is a folder with a config.json and a root file system. To run a container from one:\n\n"
        f"    # hutch-runtime run [ -b bundle ] {_ID}\n\n"
        "USAGE:\n   hutch-runtime [global options] command [command options] [arguments...]\n\n"
        f"VERSION:\n   {version}\n\nCOMMANDS:\n{_columns(commands)}\nGLOBAL OPTIONS:\n{_columns(_GLOBAL)}"
    )


def command(name: str) -> str:
    """What ``--help`` of a command prints."""
    summary, usage, description, options = COMMANDS[name]
    text = f"NAME:\n   hutch-runtime {name} - {summary}\n\nUSAGE:\n   hutch-runtime {name} {usage}".rstrip() + "\n"
    if description:
        text += f"\nDESCRIPTION:\n   {description}\n"
    if options:
        text += f"\nOPTIONS:\n{_columns(options)}"
    return text


def miscounted(verb: str, count: int) -> str:
    """What is wrong with ``count`` arguments for a command; empty if nothing is."""
    least, most = ARITY[verb]
    if least == most and count != least:
        return f'"{verb}" requires exactly {least} argument(s)'
    if count < least:
        return f'"{verb}" requires a minimum of {least} argument(s)'
    return f'"{verb}" requires a maximum of {most} argument(s)' if count > most else ""


def _columns(rows: Rows) -> str:
    width = max(len(left) for left, _ in rows)
    return "".join(f"   {left.ljust(width)}  {right}\n" for left, right in rows)
