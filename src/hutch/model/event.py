"""An event: something happened to an object (Engine API, ``GET /events``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hutch.model import filters as filter_values

KINDS = (
    "builder", "config", "container", "daemon", "image", "network", "node", "plugin", "secret", "service", "volume",
)  # fmt: skip
_BY_PREFIX = ("health_status", "exec_create", "exec_start")
_BY_ID_OR_NAME = frozenset(KINDS) - {"builder", "container", "image"}


class Event:
    """``kind`` (the API's Type), ``action``, the object's id and its attributes, and when (ns since the epoch)."""

    __slots__ = ("action", "actor", "attributes", "kind", "time_ns")

    def __init__(self, kind: str, action: str, actor: str, attributes: Mapping[str, str], time_ns: int) -> None:
        self.kind = kind
        self.action = action
        self.actor = actor
        self.attributes = dict(attributes)
        self.time_ns = time_ns

    def to_json(self) -> dict[str, Any]:
        """The event in the API's form; containers and images carry the fields of old clients as well."""
        out: dict[str, Any] = {}
        if self.kind in ("container", "image"):
            out["status"] = self.action
            if self.actor:
                out["id"] = self.actor
            if self.kind == "container" and self.attributes.get("image"):
                out["from"] = self.attributes["image"]
        out["Type"] = self.kind
        out["Action"] = self.action
        out["Actor"] = {"ID": self.actor, "Attributes": dict(sorted(self.attributes.items()))}
        out["scope"] = "local"
        out["time"] = self.time_ns // 1_000_000_000
        out["timeNano"] = self.time_ns
        return out


def matches(event: Event, filters: Mapping[str, Sequence[str]]) -> bool:
    """Whether ``filters`` let the event through. Keys that the events of an engine do not know are ignored."""
    return all(not values or _passes(event, key, values) for key, values in filters.items())


def _passes(event: Event, key: str, values: Sequence[str]) -> bool:
    if key == "type":
        return event.kind in values
    if key == "event":
        return any(_action_is(event.action, value) for value in values)
    if key == "label":
        return filter_values.labels(values, event.attributes)
    if key == "scope":
        return "local" in values
    if key == "container":
        return event.kind == "container" and _named(event, values)
    if key == "image":
        name = event.attributes.get("name" if event.kind == "image" else "image", "")
        mine = {event.actor if event.kind == "image" else name, name, _without_tag(name)}
        return event.kind in ("image", "container") and any(value in mine for value in values)
    if key in _BY_ID_OR_NAME:
        return event.kind == key and _named(event, values)
    return True


def _action_is(action: str, wanted: str) -> bool:
    if wanted in _BY_PREFIX or wanted.partition(":")[0] in _BY_PREFIX:
        return action.startswith(wanted)
    return action == wanted


def _named(event: Event, values: Sequence[str]) -> bool:
    """By the beginning of the id or of the name, as dockerd does."""
    return any(event.attributes.get("name", "").startswith(v) or event.actor.startswith(v) for v in values)


def _without_tag(name: str) -> str:
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name
