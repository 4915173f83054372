"""rdma (v2): the same file as in v1."""

from __future__ import annotations

from hutch.runtime.cgroups.v1.rdma import plan

__all__ = ["plan"]
