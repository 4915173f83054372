"""Other names for the entries of an archive: the first name of all paths is replaced."""

from __future__ import annotations


class Renaming:
    """Replaces ``old`` at the beginning of names by ``new``; ``/`` is nothing, so that ``/a`` becomes ``new/a``."""

    __slots__ = ("new", "old")

    def __init__(self, old: str, new: str) -> None:
        self.old = b"" if old == "/" else os_bytes(old)
        self.new = os_bytes(new)

    def __call__(self, name: bytes) -> bytes:
        """The new name; one that does not begin so stays."""
        if name == self.old or name.startswith(self.old + b"/"):
            return self.new + name[len(self.old) :]
        return name


def os_bytes(text: str) -> bytes:
    """The bytes of a name of this machine."""
    return text.encode("utf-8", "surrogateescape")
