"""``--ulimit`` to ``process.rlimits``."""

from __future__ import annotations

from collections.abc import Iterable

from hutch.model.errors import Invalid
from hutch.model.host_config import Ulimit

NAMES = frozenset(
    {"as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss", "rtprio"}
    | {"rttime", "sigpending", "stack"}
)
_UNLIMITED = (1 << 64) - 1


def to_oci(ulimits: Iterable[Ulimit], defaults: Iterable[Ulimit] = ()) -> list[dict[str, object]]:
    """The limits of the container, then the daemon's defaults for names it does not have. Raises Invalid."""
    chosen = {u.name: u for u in defaults}
    chosen.update({u.name: u for u in ulimits})
    return [_one(u) for u in chosen.values()]


def _one(ulimit: Ulimit) -> dict[str, object]:
    if ulimit.name not in NAMES:
        raise Invalid(f"invalid ulimit type: {ulimit.name}")
    if ulimit.hard != -1 and (ulimit.soft == -1 or ulimit.soft > ulimit.hard):
        raise Invalid(
            f"ulimit soft limit must be less than or equal to hard limit: soft: {ulimit.soft}, hard: {ulimit.hard}"
        )
    if ulimit.soft < -1 or ulimit.hard < -1:
        raise Invalid(f"invalid ulimit {ulimit.name}: limits are numbers, or -1 for unlimited")
    soft, hard = (_UNLIMITED if n == -1 else n for n in (ulimit.soft, ulimit.hard))
    return {"type": "RLIMIT_" + ulimit.name.upper(), "hard": hard, "soft": soft}
