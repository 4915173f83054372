"""From what people write to an image: a name, a full id, or the beginning of one (Docker's order)."""

from __future__ import annotations

from collections.abc import Sequence

from hutch.images import documents
from hutch.images.store import Record, Store
from hutch.model import digest, reference
from hutch.model.errors import NotFound
from hutch.model.image import Image
from hutch.model.platform import Platform


def familiar(repo: str, tag: str) -> str:
    """``busybox:latest`` for the normalized repository and a tag."""
    return reference.parse(repo).familiar_name + ":" + tag


def names(store: Store, identifier: str) -> list[str]:
    """The familiar names of an image, sorted."""
    return [familiar(repo, tag) for repo, tag, _ in store.tags(identifier)]


def find(store: Store, ref: str) -> Record:
    """The image that ``ref`` means. Raises NotFound or Invalid with Docker's words."""
    digits = ref.removeprefix("sha256:")
    if len(digits) == 64 and digest.is_hex(digits):
        record = store.image("sha256:" + digits)
        if record is None:
            raise NotFound(f"No such image: sha256:{digits}")
        return record
    named = reference.parse_tagged(ref)
    identifier = store.by_name(named.name, named.tag, named.digest)
    if identifier is None and digest.is_hex(digits):
        matches = store.by_prefix(digits)
        identifier = matches[0] if len(matches) == 1 else None
    record = store.image(identifier) if identifier else None
    if record is None:
        raise NotFound(f"No such image: {named.familiar}")
    return record


def for_platform(store: Store, ref: str, wanted: Sequence[Platform]) -> Record:
    """The image that ``ref`` means, if it is for one of the platforms ``wanted`` (none: any). Raises NotFound."""
    record = find(store, ref)
    check_platform(record.config, ref, wanted)
    return record


def check_platform(config: documents.Json, ref: str, wanted: Sequence[Platform]) -> None:
    """Raise NotFound, in dockerd's words, for an image that is for none of the platforms."""
    actual = Platform(*(str(config.get(key) or "") for key in ("os", "architecture", "variant")))
    if wanted and not any(one.accepts(actual) for one in wanted):
        asked = ", ".join(str(one) for one in wanted)
        raise NotFound(
            f"image with reference {ref} was found but its platform ({actual}) does not match the specified platform"
            f" ({asked})"
        )


def is_id(store: Store, ref: str, identifier: str) -> bool:
    """Whether ``ref`` meant the image by its id and not by a name."""
    digits = ref.removeprefix("sha256:")
    if not digest.is_hex(digits) or not identifier.startswith("sha256:" + digits):
        return False
    if len(digits) == 64 or ref.startswith("sha256:"):
        return True
    named = reference.parse_tagged(ref)
    return store.by_name(named.name, named.tag, named.digest) is None


def value(store: Store, record: Record) -> Image:
    """The image as the rooms above see it."""
    config: documents.Json = record.config
    size = sum(layer.size for layer in store.layers(record.top))
    return Image(record.id, config, record.top, names(store, record.id), size)
