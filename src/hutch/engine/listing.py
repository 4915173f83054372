"""``ps``: which containers a list shows, and as what (Engine API, ``GET /containers/json``). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hutch.engine import probes
from hutch.engine.inspect import mount_points
from hutch.engine.record import Record
from hutch.model.duration import human_duration
from hutch.model.errors import Invalid
from hutch.model.filters import Filters, boolean, check, labels
from hutch.model.network import Attachment

Json = dict[str, Any]
Find = Callable[[str], Record]

KEYS = frozenset(
    (
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
        "publish", "since", "status", "volume",
    )
)  # fmt: skip
STATUSES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_HEALTH = ("none", "starting", "healthy", "unhealthy")
_SECOND = 1_000_000_000


def status_text(record: Record, now: int) -> str:
    """The STATUS column: ``Up 5 minutes (Paused)``, ``Exited (0) 3 seconds ago``."""
    state = record.state
    if state.status in ("running", "paused"):
        up = f"Up {human_duration((now - state.started_at) / _SECOND)}"
        if state.status == "paused":
            return f"{up} (Paused)"
        health = state.health.status if state.health else ""
        return f"{up} ({'health: ' if health == probes.STARTING else ''}{health})" if health else up
    since = human_duration((now - state.finished_at) / _SECOND)
    if state.status == "restarting":
        return f"Restarting ({state.exit_code}) {since} ago"
    if state.status == "removing":
        return "Removal In Progress"
    if state.status == "dead":
        return "Dead"
    if not state.finished_at:
        return "Created"
    return f"Exited ({state.exit_code}) {since} ago"


def command_text(record: Record) -> str:
    """The COMMAND column: arguments with blanks or quotes in them are quoted."""
    parts = [f"'{arg}'" if " " in arg else arg for arg in record.args]
    return " ".join([record.path, *parts])


def summary(record: Record, now: int, sizes: tuple[int, int] | None = None) -> Json:
    """The element of the list; ``sizes`` are (writable layer, all layers) if they were asked for."""
    attachment = Attachment.from_json(record.endpoints) if record.endpoints else None
    networks = {attachment.network: attachment.endpoint_settings()} if attachment and attachment.network else {}
    if not attachment and record.network_mode in ("bridge", "default", "none", "host"):
        name = "bridge" if record.network_mode == "default" else record.network_mode
        networks = {name: Attachment(container=record.id, name=record.name, network=name).endpoint_settings()}
    out: Json = {
        "Id": record.id,
        "Names": [f"/{record.name}"],
        "Image": record.image_name,
        "ImageID": record.image,
        "Command": command_text(record),
        "Created": record.created // _SECOND,
        "Ports": attachment.summary() if attachment else [],
        "Labels": record.labels,
        "State": record.state.status,
        "Status": status_text(record, now),
        "HostConfig": {"NetworkMode": record.network_mode},
        "NetworkSettings": {"Networks": networks},
        "Mounts": mount_points(record),
    }
    health = record.state.health
    if health is not None:
        out["Health"] = {"Status": health.status, "FailingStreak": health.failing_streak}
    if sizes is not None:
        out["SizeRw"], out["SizeRootFs"] = sizes
    return out


def select(records: Iterable[Record], *, everything: bool, limit: int, filters: Filters, find: Find) -> list[Record]:
    """The records a list shows, newest first.

    ``find`` turns a reference into a record. Raises Invalid for filters that mean nothing, NotFound for a
    ``before`` or ``since`` that names nothing.
    """
    check(filters, KEYS)
    tests = _tests(filters, find)
    everything = everything or limit > 0 or any(filters.get(k) for k in ("status", "exited", "before", "since"))
    chosen = [
        record
        for record in sorted(records, key=lambda record: (record.created, record.id), reverse=True)
        if (everything or record.running or record.state.status == "restarting") and all(t(record) for t in tests)
    ]
    return chosen[:limit] if limit > 0 else chosen


def _tests(filters: Filters, find: Find) -> list[Callable[[Record], bool]]:
    out: list[Callable[[Record], bool]] = []
    for key, values in filters.items():
        if values:
            out.append(_test(key, values, filters, find))
    return out


def _test(key: str, values: Sequence[str], filters: Filters, find: Find) -> Callable[[Record], bool]:
    """The test that one key stands for."""
    if key in ("status", "exited", "health", "before", "since", "is-task", "isolation"):
        return _checked(key, values, filters, find)
    if key == "name":
        return _by_name(values)
    if key == "id":
        return lambda r: any(v in r.id for v in values)
    if key == "label":
        return lambda r: labels(values, r.labels)
    if key == "ancestor":
        return lambda r: any(_is_ancestor(v, r) for v in values)
    if key == "volume":
        return lambda r: any(v in (p.name or p.source, p.destination) for v in values for p in r.mounts)
    if key == "network":
        return lambda r: any(_in_network(v, r) for v in values)
    ports = [_port(key, value) for value in values]
    return lambda r: any(p in _ports(r, key) for chosen in ports for p in chosen)


def _checked(key: str, values: Sequence[str], filters: Filters, find: Find) -> Callable[[Record], bool]:
    """The tests whose values are looked at before any record is."""
    if key == "status":
        for value in values:
            if value not in STATUSES:
                raise _not_among("status", "state", value, STATUSES)
        return lambda r: r.state.status in values
    if key == "exited":
        codes = {_code(value) for value in values}
        return lambda r: r.state.exit_code in codes and not r.running and r.has_run
    if key == "health":
        for value in values:
            if value not in _HEALTH:
                raise _not_among("health", "health", value, _HEALTH)
        return lambda r: (r.state.health.status if r.state.health else "none") in values
    if key == "isolation":  # means something on Windows alone
        return lambda _: True
    if key in ("before", "since"):
        when = find(values[0]).created
        return (lambda r: r.created < when) if key == "before" else (lambda r: r.created > when)
    wanted = not boolean(filters, key, False)
    return lambda _: wanted


def _not_among(key: str, what: str, value: str, known: Sequence[str]) -> Invalid:
    return Invalid(
        f"invalid filter '{key}={value}': invalid value for {what} ({value}): must be one of {', '.join(known)}"
    )


def _by_name(values: Sequence[str]) -> Callable[[Record], bool]:
    patterns = []
    for value in values:
        try:
            patterns.append(re.compile(value.removeprefix("/") if value != "/" else value))
        except re.error:
            continue
    return lambda r: any(p.search(r.name) or p.search("/" + r.name) for p in patterns)


def _code(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Invalid(f"invalid filter 'exited={text}': strconv.Atoi: parsing \"{text}\": invalid syntax") from None


def _is_ancestor(value: str, record: Record) -> bool:
    digest = record.image.removeprefix("sha256:")
    bare = record.image_name.rpartition(":")[0] if ":" in record.image_name.rpartition("/")[2] else record.image_name
    names = {record.image_name, bare, f"{bare}:latest" if bare == record.image_name else record.image_name}
    return value in names or value == record.image or (len(value) >= 4 and digest.startswith(value))


def _in_network(value: str, record: Record) -> bool:
    if record.endpoints:
        mine = (record.endpoints.get("network"), record.endpoints.get("network_id"))
        return value in mine or bool(len(value) >= 12 and str(mine[1]).startswith(value))
    mode = "bridge" if record.network_mode == "default" else record.network_mode
    return value == mode


def _port(key: str, text: str) -> list[str]:
    """``80``, ``80/udp``, ``8000-8010`` as port keys."""
    numbers, _, protocol = text.partition("/")
    first, dash, last = numbers.partition("-")
    for number in (first, last) if dash else (first,):
        if not (number.isascii() and number.isdecimal() and int(number) <= 65535):
            why = "value out of range" if number.isascii() and number.isdecimal() else "invalid syntax"
            raise Invalid(f'error while looking up for {key} {text}: strconv.ParseUint: parsing "{number}": {why}')
    low, high = int(first), int(last) if dash else int(first)
    if low > high:
        raise Invalid(f"error while looking up for {key} {text}: Invalid range specified for the Port: {numbers}")
    return [f"{number}/{protocol or 'tcp'}" for number in range(low, high + 1)]


def _ports(record: Record, key: str) -> set[str]:
    """The ports that ``expose`` looks at (in the container) or ``publish`` (on the host)."""
    if key == "expose":
        return set(record.config.exposed_ports or {})
    bound = (record.endpoints.get("ports") or {}) if record.endpoints else {}
    out = {(name, b["HostPort"]) for name, bindings in bound.items() for b in bindings or ()}
    out |= {(name, b.host_port) for name, many in (record.host.port_bindings or {}).items() for b in many or ()}
    return {f"{port}/{name.partition('/')[2] or 'tcp'}" for name, port in out if port}
