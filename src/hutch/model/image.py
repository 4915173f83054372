"""An image as the rooms above see it."""

from __future__ import annotations

from typing import Any


class Image:
    """One image: ``id`` is the digest of its config's bytes, ``config`` the decoded OCI image config, ``top`` the chain
    id of its last layer (None for an image without layers), ``refs`` the familiar names that lead to it."""

    __slots__ = ("config", "id", "refs", "size", "top")

    def __init__(self, id: str, config: dict[str, Any], top: str | None, refs: list[str], size: int = 0) -> None:
        self.id = id
        self.config = config
        self.top = top
        self.refs = refs
        self.size = size

    @property
    def settings(self) -> dict[str, Any]:
        """What a container takes over: the config's ``config`` (Env, Cmd, User, ...)."""
        value = self.config.get("config")
        return value if isinstance(value, dict) else {}

    def __repr__(self) -> str:
        return f"Image({self.id[7:19]}, {', '.join(self.refs)})"
