"""``inspect``: everything about one container (Engine API, ``GET /containers/{id}/json``). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hutch.engine import probes
from hutch.engine.record import Record, State
from hutch.model.container import encode
from hutch.model.host_config import HostConfig
from hutch.model.network import Attachment
from hutch.model.timestamp import rfc3339
from hutch.network import endpoint as network_endpoint

Json = dict[str, Any]

_EMPTY_LISTS = (
    "Dns", "DnsOptions", "DnsSearch", "BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps",
    "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps", "Devices", "Ulimits",
)  # fmt: skip


def state(value: State) -> Json:
    """The ``State`` object; ``Health`` is there for containers with a health check that have run."""
    health = {"Health": probes.to_json(value.health)} if value.health is not None else {}
    return {
        "Status": value.status,
        "Running": value.status in ("running", "paused", "restarting"),
        "Paused": value.status == "paused",
        "Restarting": value.status == "restarting",
        "OOMKilled": value.oom_killed,
        "Dead": value.status == "dead",
        "Pid": value.pid,
        "ExitCode": value.exit_code,
        "Error": value.error,
        "StartedAt": rfc3339(value.started_at),
        "FinishedAt": rfc3339(value.finished_at),
        **health,
    }


def network_settings(record: Record) -> Json:
    """The ``NetworkSettings`` object; of a container that does not run, the names of its networks remain."""
    if record.endpoints:
        key = f"/proc/{record.state.pid}/ns/net" if record.state.pid else ""
        return _asked(record, Attachment.from_json(record.endpoints).settings(key))
    mode = "bridge" if record.network_mode == "default" else record.network_mode
    network = mode if ":" not in mode else ""
    return _asked(record, Attachment(container=record.id, name=record.name, network=network).settings())


def _asked(record: Record, settings: Json) -> Json:
    """``settings`` with what the user asked for on the network."""
    endpoint = network_endpoint.of(record.networking)
    if endpoint is not None:
        for shown in settings["Networks"].values():
            shown.update({key: encode(endpoint)[key] for key in ("IPAMConfig", "DriverOpts")})
    return settings


def host_config(host: HostConfig) -> Json:
    """The ``HostConfig`` object; some lists are shown as empty and not as null when nothing was asked for."""
    out = encode(host)
    for name in _EMPTY_LISTS:
        out[name] = out[name] or []
    return out


def inspect(
    record: Record,
    *,
    folder: str,
    graph: Json,
    execs: Sequence[str],
    sizes: tuple[int, int] | None = None,
    apparmor: str = "",
) -> Json:
    """The whole answer.

    ``folder`` is the container's folder in the data root, ``graph`` the GraphDriver's data, ``execs`` the ids of
    further processes, ``sizes`` (writable layer, all layers) if asked for, ``apparmor`` the profile it
    runs under.
    """
    out: Json = {
        "Id": record.id,
        "Created": rfc3339(record.created),
        "Path": record.path,
        "Args": list(record.args),
        "State": state(record.state),
        "Image": record.image,
        "ResolvConfPath": f"{folder}/resolv.conf",
        "HostnamePath": f"{folder}/hostname",
        "HostsPath": f"{folder}/hosts",
        "LogPath": record.log_path,
        "Name": f"/{record.name}",
        "RestartCount": record.restart_count,
        "Driver": record.driver,
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": apparmor,
        "ExecIDs": list(execs) or None,
        "HostConfig": host_config(record.host),
        "GraphDriver": {"Data": graph or None, "Name": record.driver},
        "Mounts": [point.to_json() for point in record.mounts],
        "Config": encode(record.config),
        "NetworkSettings": network_settings(record),
    }
    if sizes is not None:
        out["SizeRw"], out["SizeRootFs"] = sizes
    return out
