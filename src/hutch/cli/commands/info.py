"""``hutch info``."""

from __future__ import annotations

import sys

from hutch.cli.listing import print_object
from hutch.model.size import binary_size

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
    """Prints the state and settings of the engine."""
    del arguments
    found = context.client.json("GET", "/info")
    if flags.text("format"):
        from hutch import __version__

        print_object(
            {**found, "ClientInfo": {"Debug": context.flags.on("debug"), "Version": __version__, "Context": "default"}},
            flags.text("format"),
            "info",
        )
        return 0
    from hutch import __version__

    head = [
        "Client: hutch",
        f" Version:    {__version__}",
        " Context:    default",
        f" Debug Mode: {_word(context.flags.on('debug'))}",
    ]
    sys.stdout.write("\n".join([*head, "", "Server:", *lines(found)]) + "\n")
    for warning in found.get("Warnings") or []:
        sys.stderr.write(f"{warning}\n")
    return 0


def _word(value: Any) -> str:
    return "true" if value else "false"


def lines(info: dict[str, Any]) -> list[str]:
    """The lines about the engine, in Docker's order; what the engine does not tell is left out."""
    out = [f" Containers: {info['Containers']}"]
    out += [f"  {name}: {info[f'Containers{name}']}" for name in ("Running", "Paused", "Stopped")]
    out += [
        f" Images: {info['Images']}",
        f" Server Version: {info['ServerVersion']}",
        f" Storage Driver: {info['Driver']}",
    ]
    out += [f"  {key}: {value}" for key, value in info.get("DriverStatus") or []]
    out += [f" Logging Driver: {info['LoggingDriver']}", f" Cgroup Driver: {info.get('CgroupDriver', '')}"]
    out.append(f" Cgroup Version: {info.get('CgroupVersion', '')}")
    plugins = info.get("Plugins") or {}
    out.append(" Plugins:")
    for key, title in (
        ("Volume", "Volume"),
        ("Network", "Network"),
        ("Authorization", "Authorization"),
        ("Log", "Log"),
    ):
        if plugins.get(key):
            out.append(f"  {title}: {' '.join(plugins[key])}")
    swarm = (info.get("Swarm") or {}).get("LocalNodeState")
    if swarm:
        out.append(f" Swarm: {swarm}")
    if info.get("Runtimes"):
        out.append(f" Runtimes: {' '.join(sorted(info['Runtimes']))}")
        out.append(f" Default Runtime: {info.get('DefaultRuntime', '')}")
    if info.get("SecurityOptions"):
        out.append(" Security Options:")
        for option in info["SecurityOptions"]:
            name, *rest = (part.partition("=")[2] if "=" in part else part for part in option.split(","))
            out.append(f"  {name}")
            out += [f"   Profile: {value}" for value in rest]
    return out + _machine(info)


def _machine(info: dict[str, Any]) -> list[str]:
    out = []
    for key, title in (
        ("KernelVersion", "Kernel Version"),
        ("OperatingSystem", "Operating System"),
        ("OSType", "OSType"),
        ("Architecture", "Architecture"),
        ("NCPU", "CPUs"),
    ):
        if info.get(key):
            out.append(f" {title}: {info[key]}")
    out.append(f" Total Memory: {binary_size(float(info.get('MemTotal') or 0))}")
    for key, title in (("Name", "Name"), ("ID", "ID"), ("DockerRootDir", "Docker Root Dir")):
        if info.get(key):
            out.append(f" {title}: {info[key]}")
    out.append(f" Debug Mode: {_word(info.get('Debug'))}")
    for key, title in (("HttpProxy", "HTTP Proxy"), ("HttpsProxy", "HTTPS Proxy"), ("NoProxy", "No Proxy")):
        if info.get(key):
            out.append(f" {title}: {info[key]}")
    if info.get("Labels"):
        out += [" Labels:", *[f"  {label}" for label in info["Labels"]]]
    out.append(f" Experimental: {_word(info.get('ExperimentalBuild'))}")
    out += _registries(info.get("RegistryConfig") or {})
    out.append(f" Live Restore Enabled: {_word(info.get('LiveRestoreEnabled'))}")
    return out


def _registries(config: dict[str, Any]) -> list[str]:
    """Registries that may be insecure, and mirrors: Docker Hub's as Docker's command has them, then the others'."""
    indexes = config.get("IndexConfigs") or {}
    insecure = [name for name, index in indexes.items() if not index.get("Secure")]
    insecure += config.get("InsecureRegistryCIDRs") or []
    out = [" Insecure Registries:", *[f"  {entry}" for entry in insecure]] if insecure else []
    if config.get("Mirrors"):
        out += [" Registry Mirrors:", *[f"  {mirror}" for mirror in config["Mirrors"]]]
    for name, index in indexes.items():
        if name != "docker.io" and index.get("Mirrors"):
            out += [f" Registry Mirrors of {name}:", *[f"  {mirror}" for mirror in index["Mirrors"]]]
    return out
