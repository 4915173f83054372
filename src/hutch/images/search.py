"""``docker search``: what a registry finds, narrowed by filters (Engine API, ImageSearch)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hutch.model import filters as model_filters
from hutch.model.errors import Invalid

if TYPE_CHECKING:
    from hutch.registry.settings import Settings

Json = dict[str, Any]

KNOWN = frozenset({"is-automated", "is-official", "stars"})


def search(
    settings: Settings, term: str, limit: int, filters: Mapping[str, Sequence[str]], auth: Mapping[str, Any] | None
) -> list[Json]:
    """Rows of what was found, in the registry's order. Raises Invalid, System, Unavailable."""
    from hutch.registry import search as asking
    from hutch.registry.auth import Credentials

    model_filters.check(filters, KNOWN)
    if not term:
        raise Invalid("no search term")
    stars = 0
    for text in filters.get("stars") or ():
        if not (text.isascii() and text.isdigit()):
            raise Invalid(f"invalid filter 'stars={text}'")
        stars = max(stars, int(text))
    wanted = {
        key: model_filters.boolean(filters, name, False)
        for name, key in (("is-official", "is_official"), ("is-automated", "is_automated"))
        if filters.get(name)
    }
    rows = asking.search(settings, term, limit or 25, Credentials.of(auth))
    return [
        row for row in rows if row["star_count"] >= stars and all(row[key] == value for key, value in wanted.items())
    ]
