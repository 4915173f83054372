"""The request and the image's config become the container's config (Engine API 1.55, ContainerConfig). Pure.

The structs given are not changed. HostConfig's defaults are filled in by ``spec/adapt.py``.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

import msgspec

from hutch.model.container import Config, HealthConfig
from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig

replace = msgspec.structs.replace


def config(asked: Config, image: Config) -> Config:
    """The container's Config from what was asked for and the image's. Raises Invalid when neither says what to run."""
    entrypoint, cmd = asked.entrypoint, asked.cmd
    if not entrypoint:
        cmd = cmd or image.cmd
        entrypoint = image.entrypoint if entrypoint is None else entrypoint
    if entrypoint in ([], [""]):
        entrypoint = None
    if not entrypoint and not cmd:
        raise Invalid("no command specified")
    return replace(
        asked,
        user=asked.user or image.user,
        exposed_ports={**(image.exposed_ports or {}), **(asked.exposed_ports or {})} or None,
        volumes={**(image.volumes or {}), **(asked.volumes or {})} or None,
        labels={**(image.labels or {}), **(asked.labels or {})},
        env=environment(asked.env or (), image.env or ()),
        entrypoint=entrypoint,
        cmd=cmd,
        working_dir=_clean(asked.working_dir or image.working_dir),
        stop_signal=asked.stop_signal or image.stop_signal,
        shell=asked.shell or image.shell,
        healthcheck=_healthcheck(asked.healthcheck, image.healthcheck),
        on_build=None,
    )


def _clean(path: str) -> str:
    return posixpath.normpath("/" + path.lstrip("/")) if path.startswith("/") else path


def environment(wanted: Sequence[str], image: Sequence[str]) -> list[str]:
    """The user's variables, then those of the image that the user did not set."""
    names = {entry.partition("=")[0] for entry in wanted}
    return [*wanted, *(entry for entry in image if entry.partition("=")[0] not in names)]


def command(config: Config) -> tuple[str, tuple[str, ...]]:
    """(program, arguments): the entrypoint followed by the command."""
    words = [*(config.entrypoint or ()), *(config.cmd or ())]
    return words[0], tuple(words[1:])


def hostname(config: Config, host: HostConfig, container: str, own: str) -> str:
    """The container's host name: as asked, that of the host (``own``) when it shares its names, else the short id."""
    if config.hostname:
        return config.hostname
    if host.uts_mode == "host" or host.network_mode == "host":
        return own
    return container[:12]


def _healthcheck(wanted: HealthConfig | None, image: HealthConfig | None) -> HealthConfig | None:
    if wanted is None or image is None:
        return wanted or image
    changes = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name))}
    return replace(image, **changes)
