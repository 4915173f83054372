"""All containers of the daemon, found by name, id, or the beginning of an id.

Names are unique: a name is reserved in the same step of the event loop in which it is seen to be free.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from hutch.engine.container import Container
from hutch.model import ids
from hutch.model.errors import Conflict, Invalid, NotFound


class Roster:
    """Containers by id and by name."""

    def __init__(self) -> None:
        self._by_id: dict[str, Container] = {}
        self._sorted: list[str] = []
        self._names: dict[str, str] = {}

    def __iter__(self) -> Iterator[Container]:
        return iter(tuple(self._by_id.values()))

    def __len__(self) -> int:
        return len(self._by_id)

    @property
    def names(self) -> dict[str, str]:
        """Every taken name with the id of its owner."""
        return self._names

    def reserve(self, name: str, container: str) -> None:
        """Take ``name`` for the id ``container``. Raises Conflict with Docker's text."""
        owner = self._names.get(name)
        if owner is not None:
            raise Conflict(
                f'Conflict. The container name "/{name}" is already in use by container "{owner}". '
                "You have to remove (or rename) that container to be able to reuse that name."
            )
        self._names[name] = container

    def release(self, name: str, container: str) -> None:
        """Give ``name`` back, if it is ``container``'s."""
        if self._names.get(name) == container:
            del self._names[name]

    def add(self, container: Container) -> None:
        """A new container; its name is reserved already."""
        self._by_id[container.id] = container
        insort(self._sorted, container.id)

    def discard(self, container: Container) -> None:
        """The container is gone, its name and id are free."""
        self.release(container.record.name, container.id)
        if self._by_id.pop(container.id, None) is not None:
            del self._sorted[bisect_left(self._sorted, container.id)]

    def get(self, container: str) -> Container | None:
        """By its full id."""
        return self._by_id.get(container)

    def find(self, ref: str) -> Container:
        """By full id, name (a leading slash is allowed), or unambiguous beginning of an id, in this order.

        Raises NotFound, or Invalid when several ids begin so.
        """
        if (found := self._by_id.get(ref)) is not None:
            return found
        if (owner := self._names.get(ref.removeprefix("/"))) in self._by_id:
            assert owner is not None
            return self._by_id[owner]
        if ids.is_prefix(ref):
            at = bisect_left(self._sorted, ref)
            here = self._sorted[at : at + 2]
            if here and here[0].startswith(ref):
                if len(here) > 1 and here[1].startswith(ref):
                    raise Invalid(f"multiple IDs found with provided prefix: {ref}")
                return self._by_id[here[0]]
        if not ref:
            raise Invalid('invalid name or ID supplied: ""')
        raise NotFound(f"No such container: {ref}")
