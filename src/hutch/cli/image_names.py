"""Names of images as people write them."""

from __future__ import annotations

TYPE_CHECKING = False


def split_tag(name: str) -> tuple[str, str]:
    """The repository and the tag (or ``""``) of ``repository[:tag]``; a digest counts as the tag."""
    repository, at, digest = name.partition("@")
    if at:
        return repository, digest
    front, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:
        return front, tag
    return name, ""


def with_tag(name: str) -> str:
    """The name with its tag, ``latest`` if it has none."""
    if "@" in name:
        return name
    repository, tag = split_tag(name)
    return f"{repository}:{tag or 'latest'}"


def qualified(name: str) -> str:
    """The name with registry and tag: ``docker.io/library/busybox:latest``."""
    full = with_tag(name)
    first, slash, _ = full.partition("/")
    if not slash:
        return f"docker.io/library/{full}"
    if "." in first or ":" in first or first == "localhost" or first != first.lower():
        return full
    return f"docker.io/{full}"
