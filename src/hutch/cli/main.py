"""The command ``hutch``: reads the global flags, finds the command, runs it, turns errors into exit codes."""

from __future__ import annotations

import sys

from hutch.cli.errors import ArgumentError, CommandError, EngineError, FlagError, NoEngine, OptionError
from hutch.cli.flags import Flags, parse
from hutch.cli.table import COMMANDS, GROUPS
from hutch.cli.variables import pinned_version, variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from hutch.cli.command import Command

GLOBAL = """\
config string=~/.docker directory of the client's settings
context,c string name of the context that says which engine to use
debug,D bool print where an unexpected error happened
host,H list address of the engine (unix:///path or tcp://host:port)
log-level,l string=info least severe messages to show (debug, info, warn, error, fatal)
tls bool use TLS; --tlsverify implies it
tlscacert string=~/.docker/ca.pem accept only certificates signed by this authority
tlscert string=~/.docker/cert.pem the client's certificate
tlskey string=~/.docker/key.pem the client's private key
tlsverify bool use TLS and check the engine's certificate
version,v bool print the version and leave"""


_LEVELS = ("", "trace", "debug", "info", "warn", "warning", "error", "fatal", "panic")


class Context:
    """What a command gets: the global flags, and the engine (connected to only when used)."""

    def __init__(self, flags: Flags, name: str) -> None:
        self.flags = flags
        self.name = name
        self.given: dict[str, Any] = {}  # the command's own flags
        self._client: Client | None = None
        self._preferences: Preferences | None = None

    def close(self) -> None:
        """Ends the connections to the engine."""
        if self._client is not None:
            self._client.close()

    @property
    def client(self) -> Client:
        """The engine."""
        if self._client is None:
            from hutch.cli.address import find
            from hutch.cli.client import Client

            verify = self.flags.on("tlsverify") or bool(variable("DOCKER_TLS_VERIFY"))
            tls = verify or self.flags.on("tls") or bool(variable("DOCKER_TLS"))
            hosts = self.flags.list("host")
            if len(hosts) > 1:
                raise CommandError("specify only one -H")
            endpoint = self.preferences.context(self.flags.text("context"), hosts)
            if endpoint:
                self._client = _at(endpoint, self.preferences)
                self._client.on_older = self.refuse_newer
                return self._client
            files = {}
            if tls:
                folder = variable("DOCKER_CERT_PATH") or self.preferences.home
                for key, flag in (("ca", "tlscacert"), ("cert", "tlscert"), ("key", "tlskey")):
                    files[key] = self.flags.text(flag) if flag in self.flags else f"{folder}/{key}.pem"
            self._client = Client(find(hosts[0] if hosts else "", tls), files, verify, self.preferences)
            self._client.on_older = self.refuse_newer
        return self._client

    def refuse_newer(self, version: str) -> None:
        """Raise CommandError if the command or a flag of it is newer than this version of the API."""
        from hutch.cli.gates import check

        check(self.name, self.given, version)

    @property
    def preferences(self) -> Preferences:
        """What the user's ``config.json`` says."""
        if self._preferences is None:
            from hutch.cli.preferences import Preferences, folder

            self._preferences = Preferences(folder(self.flags.text("config") if "config" in self.flags else ""))
        return self._preferences


def _at(endpoint: dict[str, Any], preferences: Preferences) -> Client:
    """The engine of a context; with TLS if the context has certificates."""
    import os

    from hutch.cli.address import find
    from hutch.cli.client import Client

    files = {key: f"{endpoint['tls']}/{key}.pem" for key in ("ca", "cert", "key")}
    files = {key: path for key, path in files.items() if os.path.exists(path)}
    verify = bool(files) and not endpoint.get("SkipTLSVerify")
    return Client(find(str(endpoint.get("Host") or ""), bool(files)), files, verify, preferences)


if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.client import Client
    from hutch.cli.preferences import Preferences


def find_command(name: str) -> ModuleType | Command:
    """The module that is the command, or the object in it, as the table names it."""
    module, _, member = name.partition(".")
    __import__(f"hutch.cli.commands.{module}")
    found = sys.modules[f"hutch.cli.commands.{module}"]
    return getattr(found, member) if member else found


def _find(words: list[str]) -> tuple[str, list[str]]:
    """The spelling of the command and the words behind it; raises :class:`ArgumentError`."""
    name = words[0]
    if name in GROUPS:
        for at, word in enumerate(words[1:], 1):
            if word[:1] != "-":
                full = f"{name} {word}"
                if full in COMMANDS:
                    return full, words[1:at] + words[at + 1 :]
                from hutch.cli.usage import unknown_command

                raise unknown_command(full)
        return name, words[1:]
    if name in COMMANDS:
        return name, words[1:]
    from hutch.cli.usage import unknown_command

    raise unknown_command(name)


def _command(context: Context, name: str, words: list[str]) -> int:
    """Runs one command; its errors about flags and arguments get the usage line."""
    module = find_command(COMMANDS[name])
    try:
        flags, arguments = parse(module.FLAGS, words, interspersed=module.INTERSPERSED)
        context.given = flags.given
        if pinned := pinned_version():
            context.refuse_newer(pinned)
        if "help" in flags.given and "help" not in flags.known:
            from hutch.cli.usage import print_help

            print_help(name, module)
            return 0
        least, most = module.ARGUMENTS
        if len(arguments) < least or (most is not None and len(arguments) > most):
            from hutch.cli.usage import argument_error

            raise argument_error(name, least, most)
        _prefer(context, COMMANDS[name], flags)
        code: int = module.run(context, flags, arguments)
        return code
    except (FlagError, ArgumentError) as error:
        from hutch.cli.usage import usage_line

        rule = "See" if isinstance(error, ArgumentError) and module.ARGUMENTS[1] is None else "Run"
        message = f"{error.message}\n\n{usage_line(name, module)}\n\n{rule} 'hutch {name} --help' for more information"
        raise CommandError(message, error.code) from None


def _prefer(context: Context, module: str, flags: Flags) -> None:
    """Take from the user's settings what no flag says: the keys that detach, the format of a list."""
    if "detach-keys" in flags.known and "detach-keys" not in flags:
        flags.given["detach-keys"] = context.preferences.text("detachKeys")
    tree = "tree" in flags.known and flags.on("tree")
    if (
        "format" in flags.known
        and not flags.text("format")
        and not tree
        and not ("quiet" in flags.known and flags.on("quiet"))
    ):
        from hutch.cli.preferences import FORMATS

        if module in FORMATS:
            flags.given["format"] = context.preferences.text(FORMATS[module])


def _dispatch(words: list[str]) -> int:
    try:
        flags, rest = parse(GLOBAL, words, interspersed=False)
    except FlagError as error:
        usage = "Usage:  hutch [OPTIONS] COMMAND [ARG...]\n\nRun 'hutch --help' for more information"
        raise CommandError(f"{error.message}\n\n{usage}", error.code) from None
    if flags.text("log-level") not in _LEVELS:
        raise CommandError(f"Unable to parse logging level: {flags.text('log-level')}")
    if flags.on("version"):
        from hutch import __version__

        print(f"hutch version {__version__}")
        return 0
    if rest and rest[0] == "help":
        flags.given["help"] = True
        rest = rest[1:]
    if not rest:
        from hutch.cli.usage import print_overview

        print_overview(GLOBAL)
        return 0
    name, words = _find(rest)
    if name in GROUPS:
        if words and words[0] not in ("--help", "-h"):
            raise FlagError(f"unknown flag: {words[0]}")
        from hutch.cli.usage import print_group

        print_group(name)
        return 0
    if "help" in flags.given:
        words = ["--help"]
    context = Context(flags, name)
    try:
        return _command(context, name, words)
    except (EngineError, NoEngine, OptionError) as error:
        verb = COMMANDS[name]
        if verb != "run" and not (verb == "create" and isinstance(error, OptionError)):
            raise
        hint = f"Run 'hutch {name} --help' for more information"
        raise CommandError(f"hutch: {error.message}\n\n{hint}", 125) from None
    finally:
        context.close()


def main(words: list[str]) -> int:
    """Runs ``hutch`` with its arguments and returns the exit code."""
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except CommandError as error:
        _flush()
        if error.message:
            sys.stderr.write(error.message + "\n")
        return error.code
    except BrokenPipeError:
        import os

        os.dup2(os.open("/dev/null", os.O_WRONLY | os.O_CLOEXEC), 1)
        return 1
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from hutch.model.errors import HutchError

        if not isinstance(error, HutchError | OSError):
            raise
        _flush()
        sys.stderr.write(f"{error}\n")
        return 1


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = None  # nobody reads: do not try again at exit
