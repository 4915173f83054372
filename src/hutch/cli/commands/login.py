"""``hutch login``."""

from __future__ import annotations

import posix
import sys

from hutch.cli.credentials import HUB, Keyring
from hutch.cli.errors import CommandError, EngineError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS] [SERVER]"
FLAGS = """\
password,p string password or access token; others on this machine may see it, better use --password-stdin
password-stdin bool read the password from standard input
username,u string user name
"""
ARGUMENTS: tuple[int, int | None] = (0, 1)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Asks the registry whether it knows the user, and keeps the credentials."""
    given = arguments[0] if arguments else ""
    server = server_key(given)
    keyring = Keyring(context.client.settings)
    user, password = flags.text("username"), flags.text("password")
    if flags.on("password-stdin"):
        if "password" in flags:
            raise CommandError("--password and --password-stdin are mutually exclusive")
        if not user:
            raise CommandError("Must provide --username with --password-stdin")
        password = sys.stdin.read(1 << 20).rstrip("\n").rstrip("\r")
    elif "password" in flags:
        sys.stderr.write("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n")
    kept = keyring.get(server)
    if not user and not password and kept:
        named = f" [Username: {kept['username']}]" if kept.get("username") else ""
        sys.stderr.write(f"Authenticating with existing credentials...{named}\n\n")
        sys.stderr.write(" Info -> To login with a different account, run 'hutch logout' followed by 'hutch login'\n\n")
        try:
            return _login(context, keyring, server, kept, known=True)
        except EngineError as error:
            sys.stderr.write(f"Login did not succeed, error: {error.message}\n")
    if not user or not password:
        user, password = _ask(user, password, server)
    return _login(context, keyring, server, {"username": user, "password": password, "serveraddress": server})


def server_key(address: str) -> str:
    """The name under which the credentials of a registry are kept, from its address as people write it."""
    if address in ("", "docker.io", "index.docker.io", HUB):
        return HUB
    return address.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _login(context: Context, keyring: Keyring, server: str, auth: dict[str, Any], *, known: bool = False) -> int:
    """Has the engine ask; keeps what is not ``known`` to be kept."""
    answer = context.client.json("POST", "/auth", None, auth) or {}
    token = answer.get("IdentityToken")
    if token or not known:
        path = keyring.store(server, {**auth, "identitytoken": token} if token else auth)
        if path:
            sys.stderr.write(f"\nWARNING! Your credentials are stored unencrypted in '{path}'.\n")
            sys.stderr.write("Configure a credential helper to remove this warning.\n\n")
    sys.stdout.write(f"{answer.get('Status') or 'Login Succeeded'}\n")
    return 0


def _ask(user: str, password: str, server: str) -> tuple[str, str]:
    """Asks on the terminal for what is missing."""
    if not posix.isatty(0):
        raise CommandError("Error: Cannot perform an interactive login from a non TTY device")
    if not user:
        sys.stdout.write(f"Username ({server}): ")
        sys.stdout.flush()
        user = sys.stdin.readline(1000).strip()
        if not user:
            raise CommandError("Error: Non-null Username Required")
    if not password:
        import getpass

        password = getpass.getpass("Password: ")
        if not password:
            raise CommandError("Error: Password Required")
    return user, password
