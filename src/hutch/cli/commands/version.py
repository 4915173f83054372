"""``hutch version``."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.cli.listing import print_object
from hutch.cli.moments import parse_rfc3339

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "[OPTIONS]"
FLAGS = """\
format,f string print by a Go template (or json)
"""
ARGUMENTS: tuple[int, int | None] = (0, 0)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Prints the versions of the command and, if one answers, of the engine."""
    del arguments
    from hutch import __version__
    from hutch.cli.client import API

    machine = {"x86_64": "amd64", "aarch64": "arm64"}
    import os

    unix = os.uname()
    client: dict[str, Any] = {
        "Version": __version__,
        "ApiVersion": f"{API[0]}.{API[1]}",
        "DefaultAPIVersion": f"{API[0]}.{API[1]}",
        "PythonVersion": ".".join(str(part) for part in sys.version_info[:3]),
        "Os": "linux",
        "Arch": machine.get(unix.machine, unix.machine),
        "Context": "default",
    }
    server: dict[str, Any] | None = None
    failure = ""
    try:
        server = context.client.json("GET", "/version")
        client["ApiVersion"] = context.client.version.removeprefix("/v")
    except CommandError as error:
        failure = error.message
    for component in (server or {}).get("Components") or []:
        details = component.get("Details") or {}
        if "BuildTime" in details:
            details["BuildTime"] = _built(details["BuildTime"])
    format_ = flags.text("format")
    if format_:
        print_object({"Client": client, "Server": server}, format_, "version")
    else:
        sys.stdout.write(_client_text(client) + (_server_text(server) if server else ""))
    if failure:
        raise CommandError(failure)
    return 0


def _client_text(client: dict[str, Any]) -> str:
    api = client["ApiVersion"]
    if api != client["DefaultAPIVersion"]:
        api += f" (downgraded from {client['DefaultAPIVersion']})"
    rows = [
        ("Version:", client["Version"]),
        ("API version:", api),
        ("Python version:", client["PythonVersion"]),
        ("OS/Arch:", f"{client['Os']}/{client['Arch']}"),
        ("Context:", client["Context"]),
    ]
    return "Client: hutch\n" + "".join(f" {name:<18}{value}\n" for name, value in rows)


_DETAILS = {
    "ApiVersion": "API version:",
    "GoVersion": "Go version:",
    "PythonVersion": "Python version:",
    "GitCommit": "Git commit:",
    "BuildTime": "Built:",
    "Os": "OS/Arch:",
    "Experimental": "Experimental:",
}


def _built(text: str) -> str:
    """A moment as Docker's command shows that of a build: ``Mon Jan  2 15:04:05 2006``."""
    import time

    try:
        return time.asctime(time.gmtime(parse_rfc3339(text)))
    except (ValueError, IndexError):
        return text


def _server_text(server: dict[str, Any]) -> str:
    """The engine and its components, each with what it tells of itself."""
    platform = (server.get("Platform") or {}).get("Name") or ""
    out = [f"\nServer: {platform}".rstrip()]
    components = server.get("Components") or [{"Name": "Engine", "Version": server["Version"], "Details": server}]
    for component in components:
        details = component.get("Details") or {}
        out += [f" {component['Name']}:", f"  {'Version:':<17}{component['Version']}"]
        for key, title in _DETAILS.items():
            if not details.get(key):
                continue
            value = details[key]
            if key == "ApiVersion" and details.get("MinAPIVersion"):
                value += f" (minimum version {details['MinAPIVersion']})"
            if key == "Os":
                value += f"/{details.get('Arch', '')}"
            out.append(f"  {title:<17}{value}")
    return "\n".join(out) + "\n"
