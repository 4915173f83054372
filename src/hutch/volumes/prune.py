"""``docker volume prune``: which volumes go. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hutch.model import filters as wanted
from hutch.volumes.options import is_anonymous
from hutch.volumes.store import Record

_KEYS = frozenset({"all", "label", "label!"})


def chosen(records: Iterable[Record], used: Iterable[str], filters: Mapping[str, Sequence[str]]) -> list[Record]:
    """Those that no container uses: the ones that nobody named, with ``all=true`` the others too. Raises Invalid."""
    wanted.check(filters, _KEYS)
    everything = wanted.boolean(filters, "all", False)
    busy = set(used)
    return [
        record
        for record in records
        if record.name not in busy
        and (everything or is_anonymous(record.name, record.labels or {}))
        and wanted.labels_pass(filters, record.labels or {})
    ]
