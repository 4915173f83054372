"""On which nodes of the machine a process gets its memory: set_mempolicy(2)."""

from __future__ import annotations

from hutch.linux import libc

_SET_MEMPOLICY = libc.number(238, 237)
_NODES = 1024
"""The most nodes that a kernel can be built for."""

MODES = {
    "MPOL_DEFAULT": 0, "MPOL_PREFERRED": 1, "MPOL_BIND": 2, "MPOL_INTERLEAVE": 3, "MPOL_LOCAL": 4,
    "MPOL_PREFERRED_MANY": 5, "MPOL_WEIGHTED_INTERLEAVE": 6,
}  # fmt: skip
FLAGS = {"MPOL_F_NUMA_BALANCING": 1 << 13, "MPOL_F_RELATIVE_NODES": 1 << 14, "MPOL_F_STATIC_NODES": 1 << 15}


def set_memory_policy(mode: int, nodes: list[int]) -> None:
    """Set the policy of this thread, which what it forks and executes inherits; ``mode`` with flags. Raises OSError."""
    bits = 0
    for node in nodes:
        if not 0 <= node < _NODES:
            raise OSError(22, "invalid argument", f"node {node}")
        bits |= 1 << node
    words = bits.to_bytes(_NODES // 8, "little") if bits else None
    libc.syscall(_SET_MEMPOLICY, mode, words, _NODES if bits else 0, what="set_mempolicy")
