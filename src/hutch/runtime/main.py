"""``hutch-runtime``: the OCI runtime with runc's command line, for Podman, containerd and Docker as well.

Imports little, and of the verbs only the one asked for: the start-up of the interpreter is part of a container's.
"""

from __future__ import annotations

import os
import sys
import time

from hutch.model import json_text
from hutch.model.errors import HutchError, Invalid, StartFailed, Unsupported
from hutch.runtime.arguments import Options, Parsed, parse

VERBS = (
    "create", "delete", "events", "exec", "features", "kill", "list", "pause", "ps", "resume", "run", "spec", "start",
    "state", "update",
)  # fmt: skip

_SEALED = ("create", "run", "exec")
"""Verbs whose children become container processes: they run from a sealed program file."""

_GLOBAL = Options(
    flags="debug systemd-cgroup version help",
    values="root log log-format rootless criu",
    short="v=version h=help",
)

_HELP = f"""hutch-runtime - Open Container Initiative runtime

Usage: hutch-runtime [global options] command [command options] [arguments...]

Commands: {", ".join(VERBS)}

Global options:
  --root DIR           where the state of containers is kept (default "/run/hutch-runtime")
  --log FILE           write errors to this file too
  --log-format FORMAT  "text" or "json" (default "text")
  --debug              accepted
  --rootless VALUE     "auto", "true" or "false"
  --version            print the version
"""


def main(argv: list[str]) -> int:
    """Run the command line ``argv`` (program name first); returns the exit code."""
    options = Parsed()
    try:
        options = parse(argv[1:], _GLOBAL)
        return _dispatch(options)
    except StartFailed as err:
        return _report(options, f"unable to start container process: {err}", err.exit_code if _is_exec(options) else 1)
    except HutchError as err:
        return _report(options, str(err), 255 if options.args[:1] == ["exec"] else 1)
    except OSError as err:
        return _report(options, f"{err.filename}: {err.strerror}" if err.filename else str(err), 1)


def _is_exec(options: Parsed) -> bool:
    return options.args[:1] in (["exec"], ["run"])


def _dispatch(options: Parsed) -> int:
    if "version" in options.flags:
        from hutch import __version__

        sys.stdout.write(f"hutch-runtime version {__version__}\nspec: 1.2.0\n")
        return 0
    if "help" in options.flags or not options.args or options.args[0] == "help":
        sys.stdout.write(_HELP)
        return 0
    verb = options.args[0]
    if verb not in VERBS:
        raise Invalid(f"no such command: {verb}")
    if "systemd-cgroup" in options.flags:
        raise Unsupported(
            "systemd cgroup flag passed, but systemd support for managing cgroups is not available",
            hint="use the cgroupfs manager",
        )
    if "criu" in options.values:
        raise Unsupported("--criu: checkpoint and restore are not supported")
    if options.value("log-format", "text") not in ("text", "json"):
        raise Invalid(f"invalid log-format: {options.value('log-format')}")
    if options.value("rootless", "auto") not in ("auto", "true", "false"):
        raise Invalid(f"invalid rootless value: {options.value('rootless')}")
    if verb in _SEALED:
        from hutch.runtime import sealed

        sealed.ensure()
    command = __import__(f"hutch.runtime.commands.{verb}", fromlist=("run",))
    code: int = command.run(root_of(options), parse(options.args[1:], command.OPTIONS))
    return code


def root_of(options: Parsed) -> str:
    """Where states are kept: ``--root``, or the default for root or for a user."""
    if root := options.value("root"):
        return os.path.abspath(root)
    runtime_dir = os.environ.get("XDG_RUNTIME_DIR")
    return f"{runtime_dir}/hutch-runtime" if os.geteuid() and runtime_dir else "/run/hutch-runtime"


def _report(options: Parsed, message: str, code: int) -> int:
    """Write an error where the caller looks for it: standard error, and the log file in its format."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    entry = json_text.encode({"level": "error", "msg": message, "time": stamp})
    text = f'time="{stamp}" level=error msg={json_text.encode(message)}'
    if path := options.value("log"):
        try:
            with open(path, "a", encoding="utf-8") as log:
                log.write((entry if options.value("log-format") == "json" else text) + "\n")
        except OSError as err:
            sys.stderr.write(f"hutch-runtime: {path}: {err.strerror}\n")
    sys.stderr.write((entry if options.value("log-format") == "json" else message) + "\n")
    return code
