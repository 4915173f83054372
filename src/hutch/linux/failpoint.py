"""Named points at which a test may make this process fail.

``HUTCH_FAIL=point=action[:argument][(count)][;...]`` arms points; ``count`` is how often the action happens (default
1, after that the point is quiet), ``argument`` belongs to ``delay`` and is in seconds (default 1).

========  =======================================================================
error     raise OSError EIO naming the point
kill      SIGKILL to this process, as a crash would look from outside
delay     sleep
panic     raise RuntimeError, a mistake in the program that nobody expected
========  =======================================================================

With the variable unset a point costs one dictionary look-up. The names are literals at the place of the call, so that
a test finds all of them by reading the source. Very small on purpose: the launcher and the keeper import it too.
"""

from __future__ import annotations

import errno
import os

_armed: dict[str, tuple[str, float]] = {}
"""Point -> (action, argument)."""

_left: dict[str, int] = {}
"""Point -> how often it still acts."""


def arm(text: str) -> None:
    """Replace what is armed by ``text`` (the value of ``HUTCH_FAIL``). Raises ValueError naming the wrong part."""
    _armed.clear()
    _left.clear()
    for part in text.split(";"):
        if not part.strip():
            continue
        point, equals, rest = part.strip().partition("=")
        action, paren, count = rest.partition("(")
        action, _, argument = action.partition(":")
        known = action in ("error", "kill", "delay", "panic")
        if not (point and equals and known) or (paren and not count.endswith(")")):
            raise ValueError(f"failpoint {part!r}: want point=error|kill|delay|panic[:argument][(count)]")
        _armed[point] = (action, float(argument or 1))
        _left[point] = int(count[:-1]) if paren else 1


def failpoint(name: str) -> None:
    """Do what is armed for the point ``name``, if anything."""
    if _armed and name in _armed:
        _fire(name)


def _fire(name: str) -> None:
    if _left[name] <= 0:
        return
    _left[name] -= 1
    action, argument = _armed[name]
    if action == "kill":
        os.kill(os.getpid(), 9)
    elif action == "delay":
        import time

        time.sleep(argument)
    elif action == "panic":
        raise RuntimeError(f"failpoint {name}")
    else:
        raise OSError(errno.EIO, "failpoint", name)


if os.environ.get("HUTCH_FAIL"):
    arm(os.environ["HUTCH_FAIL"])
