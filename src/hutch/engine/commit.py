"""``commit``: a container's changes and settings become an image, while its processes stand still.

The container is frozen for as long as its files are read. A daemon that is killed meanwhile leaves a mark, by which the
next one knows that it was no user who froze it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from hutch.engine import merge, pause
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.store import Store
from hutch.images import commit as images_commit
from hutch.images import differ
from hutch.images.commit import Asked, Made
from hutch.linux.failpoint import failpoint
from hutch.model import wire
from hutch.model.container import Config, encode
from hutch.model.errors import Conflict, HutchError
from hutch.storage.driver import StorageDriver

Json = dict[str, Any]
MARK = "committing"
"""A file in the container's run folder: it is frozen by us."""


class Images(Protocol):
    """What a commit needs of the images (``images/service.py``)."""

    def commit(self, parent: str, tar: Any, config: Json, asked: Asked) -> Made: ...


async def commit(
    container: Container,
    images: Images,
    storage: StorageDriver,
    events: Events,
    freeze: Callable[[Container], Any],
    *,
    body: Json,
    changes: Sequence[str],
    asked: Asked,
    pausing: bool,
) -> str:
    """The id of the new image. Raises Conflict, Invalid, NotFound."""
    check(container)
    record = container.record
    config = record.config
    if any(value is not None for value in body.values()):
        config = merge.config(wire.decode(Config, body, path="ContainerConfigWrapper.Config"), record.config)
    settings = images_commit.settings(encode(config), changes)
    asked = asked._replace(created_by=" ".join(record.config.cmd or ()))

    def work() -> Made:
        return images.commit(record.image, _intact(container, differ.layer(storage, record.id)), settings, asked)

    if pausing and record.state.status == "running":
        async with freeze(container):
            made = await asyncio.to_thread(work)
    else:
        made = await asyncio.to_thread(work)
    events.container(record, "commit", comment=asked.comment, imageID=made.id, imageRef=made.name)
    return made.id


def check(container: Container) -> None:
    """Raise Conflict when the container is going away."""
    status = container.record.state.status
    if status == "dead":
        raise Conflict(f"You cannot commit container {container.id} which is Dead")
    if status == "removing":
        raise Conflict(f"You cannot commit container {container.id} which is being removed")


def _intact(container: Container, tar: Any) -> Any:
    """The same pieces; an error at their end if the container was removed while they were read."""
    yield from tar
    check(container)


class Freezer:
    """Stops a container's processes for a while."""

    def __init__(self, events: Events, store: Store, run_folder: Callable[[str], str]) -> None:
        self._events = events
        self._store = store
        self._run_folder = run_folder

    @asynccontextmanager
    async def __call__(self, container: Container) -> AsyncIterator[None]:
        """Frozen within; one that ends at this moment need not be."""
        mark = os.path.join(self._run_folder(container.id), MARK)
        frozen = False
        try:
            with suppress(FileNotFoundError):
                os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
            failpoint("commit.marked")
            with suppress(Conflict):
                await pause.pause(container, self._events, self._store)
                frozen = True
            failpoint("commit.frozen")
            yield
        finally:
            if frozen:
                with suppress(HutchError):  # it was thawed or ended by somebody else
                    await pause.unpause(container, self._events, self._store)
            with suppress(FileNotFoundError):
                os.unlink(mark)
