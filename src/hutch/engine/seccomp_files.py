"""Compiled seccomp filters as files that a keeper reads: one a profile, in the exec root, which only root enters."""

from __future__ import annotations

import os
from typing import Any

import msgspec

from hutch.linux.files import write_atomic
from hutch.runtime.seccomp import cache


class SeccompFiles:
    """``folder`` is the exec root's, ``kept`` the data root's cache of compiled filters."""

    def __init__(self, folder: str, kept: str) -> None:
        self._folder = folder
        self._kept = kept
        self._known: dict[bytes, str] = {}

    def path(self, profile: dict[str, Any]) -> str:
        """The file for an OCI ``linux.seccomp`` object, compiled if it is new. Raises Invalid, Unsupported, OSError."""
        text = msgspec.json.encode(profile)
        known = self._known.get(text)
        if known is not None:
            return known
        program, _ = cache.load(profile, self._kept)
        os.makedirs(self._folder, 0o700, exist_ok=True)
        path = os.path.join(self._folder, f"{cache.key(profile)}.bpf")
        write_atomic(path, program, durable=False)
        if len(self._known) > 64:
            self._known.clear()
        self._known[text] = path
        return path
