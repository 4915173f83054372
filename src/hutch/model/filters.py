"""The ``filters`` parameter of the Engine API: what lists, prunes and events are narrowed by.

On the wire it is JSON, in two forms that clients still send: ``{"label": ["a=b"]}`` and ``{"label": {"a=b": true}}``.
Values of one key are alternatives (labels: all of them), keys narrow each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hutch.model.errors import Invalid

Filters = Mapping[str, Sequence[str]]

MAX_TEXT = 1 << 20
"""Bytes of JSON that are looked at."""


def decode(text: str) -> dict[str, list[str]]:
    """The filters that ``text`` holds; empty text holds none. Raises Invalid if it has neither form."""
    if not text:
        return {}
    import json

    if len(text) > MAX_TEXT:
        raise Invalid("invalid filter: too long")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise Invalid("invalid filter") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Invalid("invalid filter")
    return {str(key): _values(entry) for key, entry in value.items()}


def _values(entry: object) -> list[str]:
    """One key's values in either form; in the newer one only those that are set to true."""
    if isinstance(entry, dict):
        return [str(name) for name, wanted in entry.items() if wanted]
    if isinstance(entry, list) and all(isinstance(item, str) for item in entry):
        return entry
    raise Invalid("invalid filter")


def check(filters: Filters, known: frozenset[str] | set[str]) -> None:
    """Raise Invalid for the first key, in order of the alphabet, that is not ``known``."""
    for key in sorted(filters):
        if key not in known:
            raise Invalid(f"invalid filter '{key}'")


def boolean(filters: Filters, key: str, default: bool) -> bool:
    """The value of a yes-or-no filter. Raises Invalid for other words and for contradictions."""
    values = filters.get(key) or ()
    if not values:
        return default
    seen = {v.lower() in ("1", "t", "true") for v in values}
    if len(seen) > 1 or any(v.lower() not in ("1", "t", "true", "0", "f", "false") for v in values):
        raise Invalid(f"invalid filter '{key}=[{' '.join(values)}]'")
    return seen.pop()


def labels(wanted: Sequence[str], have: Mapping[str, str]) -> bool:
    """Whether ``have`` satisfies every ``key`` or ``key=value`` of ``wanted``."""
    for text in wanted:
        key, equals, value = text.partition("=")
        if key not in have or (equals and have[key] != value):
            return False
    return True


def labels_pass(filters: Filters, have: Mapping[str, str]) -> bool:
    """Whether the ``label`` and ``label!`` filters together let something with the labels ``have`` through."""
    if not labels(filters.get("label") or (), have):
        return False
    unwanted = filters.get("label!") or ()
    return not unwanted or not labels(unwanted, have)
