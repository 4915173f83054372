"""``hutch-runtime``: the OCI runtime with runc's command line, for Podman, containerd and Docker as well.

Imports little, and of the verbs only the one asked for: the start-up of the interpreter is part of a container's.
"""

from __future__ import annotations

import os
import sys
import time

from hutch.model import json_text
from hutch.model.errors import HutchError, Invalid, StartFailed, Unsupported
from hutch.runtime.arguments import ARITY, Misused, Options, Parsed, parse

_SEALED = ("create", "run", "exec")
"""Verbs whose children become container processes: they run from a sealed program file."""

_GLOBAL = Options(
    flags="debug systemd-cgroup version help",
    values="root log log-format rootless criu",
    short="v=version h=help",
)

_COMMAND_LINES = ("exec", "ps")
"""Verbs behind whose first argument everything belongs to another program."""

_PREFIXES = {"create": "hutch-runtime create failed: ", "run": "hutch-runtime run failed: ", "exec": "exec failed: "}


def main(argv: list[str]) -> int:
    """Run the command line ``argv`` (program name first); returns the exit code.

    1 for every failure, 255 for one of ``exec``, 3 for a command that does not exist, as runc's users know it.
    """
    options = Parsed()
    try:
        options = parse(argv[1:], _GLOBAL)
        return _dispatch(options)
    except Misused as err:
        return _misused(options, err)
    except HutchError as err:
        return _failed(options, _words(err))
    except OSError as err:
        return _failed(options, f"{err.filename}: {_lower(err)}" if err.filename else _lower(err))


def _words(err: HutchError) -> str:
    if not isinstance(err, StartFailed):
        return str(err)
    where = "error during container init: " if getattr(err, "inside", False) else ""
    return f"unable to start container process: {where}{err}"


def _lower(err: OSError) -> str:
    text = err.strerror or str(err)
    return text[:1].lower() + text[1:]


def _dispatch(options: Parsed) -> int:
    if "version" in options.flags:
        from hutch import __version__
        from hutch.runtime.state import OCI_VERSION

        sys.stdout.write(f"hutch-runtime version {__version__}\nspec: {OCI_VERSION}\n")
        return 0
    if "help" in options.flags or not options.args or options.args[0] in ("help", "h"):
        return _help(options.args[1:2])
    verb = options.args[0]
    if verb not in ARITY:
        return _help([verb])
    _check(options)
    if verb in _SEALED:
        from hutch.runtime import sealed

        sealed.ensure()
    command = __import__(f"hutch.runtime.commands.{verb}", fromlist=("run",))
    try:
        parsed = parse(options.args[1:], _with_help(command.OPTIONS), anywhere=verb not in _COMMAND_LINES)
    except Misused as err:
        raise Misused(err.message, verb) from None
    if "help" in parsed.flags:
        return _help([verb])
    least, most = ARITY[verb]
    if not least <= len(parsed.args) <= most:
        from hutch.runtime import help as helps

        raise Misused(helps.miscounted(verb, len(parsed.args)), verb)
    parsed.given = options.values
    parsed.log = lambda level, message: _log(options, level, message)
    if "debug" in options.flags:
        from hutch.runtime import trace

        for line in trace.lines(verb, parsed):
            parsed.log("debug", line)
    try:
        code: int = command.run(root_of(options), parsed)
    except (AttributeError, KeyError, TypeError, ValueError) as err:  # values of other kinds than the schema's
        raise Invalid(f"invalid configuration: {type(err).__name__}: {err}") from err
    return code


def _with_help(options: Options) -> Options:
    options.flags |= {"help"}
    options.short["h"] = "help"
    return options


def _check(options: Parsed) -> None:
    """Refuse global options that cannot be honoured. Raises Unsupported, Invalid."""
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


def _help(names: list[str]) -> int:
    """Print the help of a command, or of all; 3 if there is no such command."""
    from hutch import __version__
    from hutch.runtime import help as helps

    if names and names[0] not in ("help", "h"):
        if names[0] not in helps.COMMANDS:
            _log(Parsed(), "error", f"No help topic for '{names[0]}'")
            return 3
        sys.stdout.write(helps.command(names[0]))
        return 0
    sys.stdout.write(helps.overview(__version__))
    return 0


def _misused(options: Parsed, err: Misused) -> int:
    """The help goes to standard output, what is wrong to standard error."""
    from hutch import __version__
    from hutch.runtime import help as helps

    text = helps.command(err.verb) if err.verb in helps.COMMANDS else helps.overview(__version__)
    sys.stdout.write(f"Incorrect Usage: {err.message}\n\n{text}")
    sys.stdout.flush()
    _log(options, "error", err.message)
    return 1


def root_of(options: Parsed) -> str:
    """Where states are kept: ``--root``, or the default for root or for a user."""
    if root := options.value("root"):
        return os.path.abspath(root)
    runtime_dir = os.environ.get("XDG_RUNTIME_DIR")
    return f"{runtime_dir}/hutch-runtime" if os.geteuid() and runtime_dir else "/run/hutch-runtime"


def _failed(options: Parsed, message: str) -> int:
    """Tell what went wrong; returns the exit code of the command that was given."""
    verb = options.args[0] if options.args else ""
    _log(options, "error", _PREFIXES.get(verb, "") + message)
    if options.value("log"):  # the log tells programs, standard error people
        sys.stderr.write(_PREFIXES.get(verb, "") + message + "\n")
    return 255 if verb == "exec" else 1


def _log(options: Parsed, level: str, message: str) -> None:
    """Write a line to the log, which is standard error unless ``--log`` names a file, in the format of the log."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"time={json_text.encode(stamp)} level={level} msg={json_text.encode(message)}\n"
    if options.value("log-format") == "json":
        line = json_text.encode({"level": level, "msg": message, "time": stamp}) + "\n"
    path = options.value("log")
    if not path:
        sys.stderr.write(line)
        return
    try:
        with open(path, "a", encoding="utf-8") as log:
            log.write(line)
    except OSError as err:
        sys.stderr.write(f"hutch-runtime: {path}: {err.strerror}\n")
