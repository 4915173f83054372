"""``docker tag``: one more name for an image."""

from __future__ import annotations

from hutch.images import resolve
from hutch.images.store import Store
from hutch.model import reference
from hutch.model.errors import Invalid

_ALGORITHMS = ("sha256", "sha384", "sha512")
"""A name of these would look like the id of an image."""


def tag(store: Store, ref: str, repo: str, tag: str) -> str:
    """Name the image ``ref`` also ``repo:tag`` (``latest`` if empty); the familiar name. Raises NotFound, Invalid."""
    named = target(repo, tag)
    store.tag(resolve.find(store, ref).id, named.name, str(named.tag))
    return named.familiar


def target(repo: str, tag: str) -> reference.Reference:
    """The name that an image is to get. Raises Invalid."""
    named = reference.parse(repo)
    if named.digest:
        raise Invalid("refusing to create a tag with a digest reference")
    if named.familiar.partition(":")[0] in _ALGORITHMS:
        raise Invalid("refusing to create an ambiguous tag using digest algorithm as name")
    if tag:
        named = named.with_tag(tag)
    return named.with_default_tag()
