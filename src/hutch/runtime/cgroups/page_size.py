"""Huge page sizes as control file names spell them ("2MB", "1GB")."""

from __future__ import annotations

from hutch.model.errors import Invalid


def checked(size: str) -> str:
    """``size`` if it may stand in a file name. Raises Invalid."""
    if size[-2:] in ("KB", "MB", "GB") and size[:-2].isascii() and size[:-2].isdigit():
        return size
    raise Invalid(f"invalid huge page size {size!r}: it must be a number with KB, MB or GB")
