"""pids (v2): the same file as in v1."""

from __future__ import annotations

from hutch.runtime.cgroups.v1.pids import plan

__all__ = ["plan"]
