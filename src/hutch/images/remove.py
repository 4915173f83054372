"""``docker rmi``: take names away, and the image with the last one, unless something still needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hutch.images import resolve
from hutch.images.store import Record, Store
from hutch.model import digest, reference
from hutch.model.errors import Conflict

Json = dict[str, Any]
InUse = Callable[[str], list[tuple[str, bool]]]
"""Image id -> (container id, whether it runs) of the containers made from it."""


def remove(store: Store, ref: str, in_use: InUse, *, force: bool = False, prune: bool = True) -> list[Json]:
    """Remove the name ``ref``, or the image if it is an id or the last name; what was untagged and deleted.

    ``prune`` also deletes untagged parents. Raises NotFound, Conflict.
    """
    with store.db.transaction(sparing=True):  # a crash leaves the image with its names, or neither
        done = _strike_out(store, ref, in_use, force=force, prune=prune)
    done.extend({"Deleted": chain} for chain in store.collect())
    return done


def references(store: Store, identifier: str) -> list[str]:
    """All names of the image, as :func:`remove` takes them: tags, then digests."""
    tags = [f"{repo}:{tag}" for repo, tag, _ in store.tags(identifier)]
    return tags + [f"{repo}@{content}" for repo, content, _ in store.digests(identifier)]


def _strike_out(store: Store, ref: str, in_use: InUse, *, force: bool, prune: bool) -> list[Json]:
    record = resolve.find(store, ref)
    done: list[Json] = []
    by_name = not resolve.is_id(store, ref, record.id)
    single = _is_single(store, record.id)
    if by_name:
        named = reference.parse_tagged(ref)
        if single and not force:
            _check_name_unused(record.id, named.familiar, in_use)
        _take_name(store, record.id, named, done)
        if store.tags(record.id) or store.digests(record.id):
            return done
    else:
        if not single and not force:
            short = digest.short(record.id)
            raise Conflict(
                f"conflict: unable to delete {short} (must be forced) - image is referenced in multiple repositories"
            )
        _check(store, record, in_use, force=force)
        for repo, tag, _ in store.tags(record.id):
            store.untag(repo, tag)
            done.append({"Untagged": resolve.familiar(repo, tag)})
        _drop_digests(store, record.id, done)
    _delete(store, record, in_use, done, force=force, prune=prune, quiet=by_name)
    return done


def _is_single(store: Store, identifier: str) -> bool:
    """Whether all that leads to the image is one tag, and digests of the same repository."""
    tags = store.tags(identifier)
    repos = {repo for repo, _, _ in tags} | {repo for repo, _, _ in store.digests(identifier)}
    return len(tags) <= 1 and len(repos) <= 1


def _take_name(store: Store, identifier: str, named: reference.Reference, done: list[Json]) -> None:
    """Take one name away; with the last tag of a repository its digests, too."""
    done.append({"Untagged": named.familiar})
    if named.digest:
        store.db.execute("DELETE FROM digests WHERE repo = ? AND digest = ?", (named.name, named.digest))
        return
    store.untag(named.name, str(named.tag))
    if not any(repo == named.name for repo, _, _ in store.tags(identifier)):
        _drop_digests(store, identifier, done, named.name)


def _drop_digests(store: Store, identifier: str, done: list[Json], only: str | None = None) -> None:
    for repo, content, _ in store.digests(identifier):
        if only in (None, repo):
            store.db.execute("DELETE FROM digests WHERE repo = ? AND digest = ?", (repo, content))
            done.append({"Untagged": f"{reference.parse(repo).familiar_name}@{content}"})


def _delete(
    store: Store, record: Record, in_use: InUse, done: list[Json], *, force: bool, prune: bool, quiet: bool
) -> None:
    """Delete the nameless image and, with ``prune``, its parents as far as nothing else needs them.

    ``quiet``: a name was taken away already, so what keeps the image itself is no error.
    """
    try:
        _check(store, record, in_use, force=force)
    except Conflict:
        if quiet:
            return
        raise
    store.drop_image(record.id)
    done.append({"Deleted": record.id})
    parent = store.image(record.parent) if record.parent and prune else None
    if parent is not None and not store.tags(parent.id):
        _delete(store, parent, in_use, done, force=False, prune=True, quiet=True)


def _check_name_unused(identifier: str, familiar: str, in_use: InUse) -> None:
    for container, _ in in_use(identifier):
        raise Conflict(
            f'conflict: unable to remove repository reference "{familiar}" (must force)'
            f" - container {container[:12]} is using its referenced image {digest.short(identifier)}"
        )


def _check(store: Store, record: Record, in_use: InUse, *, force: bool) -> None:
    """Raise Conflict if something needs the image: children and running containers always, stopped ones unless
    forced."""
    short = digest.short(record.id)
    if store.children(record.id):
        raise Conflict(f"conflict: unable to delete {short} (cannot be forced) - image has dependent child images")
    for container, running in in_use(record.id):
        if running:
            raise Conflict(
                f"conflict: unable to delete {short} (cannot be forced)"
                f" - image is being used by running container {container[:12]}"
            )
        if not force:
            raise Conflict(
                f"conflict: unable to delete {short} (must be forced)"
                f" - image is being used by stopped container {container[:12]}"
            )
