"""The one place where the rooms' objects are built and handed to each other.

``build`` is called once, as root, with the exclusive lock on the data root held and the state folders made, before
any listener accepts. What it must do, in order: open the databases, open the storage driver, images, volumes and
networks, find or start the launcher, recover the containers of a former daemon, and answer with the
:class:`~hutch.api.backends.Backends` that the routes call. It raises ``hutch.model.errors`` kinds; the daemon then
ends with the message. Whatever it has opened is closed by ``Backends.lifecycle.close``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hutch.model.errors import Unsupported

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.daemon.config import Config


async def build(config: Config) -> Backends:
    """Build every room for ``config`` and recover what a former daemon left."""
    raise Unsupported(f"the engine for {config.data_root} is not part of this build")
