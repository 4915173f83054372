"""``inspect``: everything about one container (Engine API, ``GET /containers/{id}/json``). Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Any

from hutch.engine import endpoints, probes
from hutch.engine.record import Record, State
from hutch.model.container import encode
from hutch.model.host_config import HostConfig
from hutch.model.network import Attachment
from hutch.model.timestamp import rfc3339

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


def network_settings(record: Record, network_id: str = "") -> Json:
    """The ``NetworkSettings`` object; of a container that does not run, the names of its networks remain.

    ``network_id``: of the network, which one that ran before is still said to be on.
    """
    mode = "bridge" if record.network_mode == "default" else record.network_mode
    if record.endpoints:
        attachment = Attachment.from_json(record.endpoints)
        namespace = f"/proc/{record.state.pid}/ns/net" if record.state.pid else ""
    else:
        namespace = ""
        network = mode if ":" not in mode else ""
        attachment = Attachment(container=record.id, name=record.name, network=network, network_id=network_id)
    settings = attachment.settings(namespace)
    asked = endpoints.of(record.networking, mode)
    networks = {name: endpoints.shown(asked, place) for name, place in settings["Networks"].items()}
    address = networks.get("bridge", settings)["MacAddress"]  # the default bridge's is told twice, as asked for too
    return {**settings, "MacAddress": address, "Networks": networks}


def _files(record: Record, folder: str) -> Json:
    """Where the container's own files are; nowhere before its first start."""
    paths = {"ResolvConfPath": "resolv.conf", "HostnamePath": "hostname", "HostsPath": "hosts"}
    begun = record.has_run or bool(record.state.error)
    return {
        **{key: f"{folder}/{name}" if begun else "" for key, name in paths.items()},
        "LogPath": record.log_path if begun else "",
    }


def mount_points(record: Record) -> list[Json]:
    """The ``Mounts``; as with dockerd without those of ``--tmpfs``, which are in the HostConfig alone."""
    flags = {posixpath.normpath(target) for target in record.host.tmpfs or ()}
    return [p.to_json() for p in record.mounts if p.kind != "tmpfs" or p.destination not in flags]


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
    network_id: str = "",
) -> Json:
    """The whole answer.

    ``folder`` is the container's folder in the data root, ``graph`` the GraphDriver's data, ``execs`` the ids of
    further processes, ``sizes`` (writable layer, all layers) if asked for, ``apparmor`` the profile it
    runs under, ``network_id`` as of :func:`network_settings`.
    """
    out: Json = {
        "Id": record.id,
        "Created": rfc3339(record.created),
        "Path": record.path,
        "Args": list(record.args),
        "State": state(record.state),
        "Image": record.image,
        **_files(record, folder),
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
        "Mounts": mount_points(record),
        "Config": encode(record.config),
        "NetworkSettings": network_settings(record, network_id),
    }
    if sizes is not None:
        out["SizeRw"], out["SizeRootFs"] = sizes
    return out
