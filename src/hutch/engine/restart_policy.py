"""Whether and when a container that ended is started again (``--restart``). Pure.

The wait doubles from 100 ms to a minute; a run of ten seconds or more counts as success and begins anew at 100 ms.
"""

from __future__ import annotations

from typing import NamedTuple

from hutch.model.host_config import RestartPolicy

FIRST_WAIT = 0.1
LONGEST_WAIT = 60.0
GOOD_RUN = 10.0


class Decision(NamedTuple):
    """``again``: start it again after ``wait`` seconds."""

    again: bool
    wait: float = 0.0


def next_wait(last: float, ran: float) -> float:
    """Seconds to wait, after ``last`` seconds the time before (0: never waited) and a run of ``ran`` seconds."""
    if not last or ran >= GOOD_RUN:
        return FIRST_WAIT
    return min(last * 2, LONGEST_WAIT)


def decide(
    policy: RestartPolicy, *, exit_code: int, restarts: int, stopped_by_user: bool, last_wait: float, ran: float
) -> Decision:
    """What follows an exit. ``restarts`` is how often it was restarted since the user started it."""
    name = policy.name or "no"
    if stopped_by_user or name == "no":
        return Decision(False)
    if name == "on-failure":
        most = policy.maximum_retry_count
        if exit_code == 0 or (most and restarts >= most):
            return Decision(False)
    return Decision(True, next_wait(last_wait, ran))


def with_daemon(policy: RestartPolicy, *, exit_code: int, restarts: int, has_run: bool, stopped_by_user: bool) -> bool:
    """Whether a container that does not run is started when the daemon starts.

    With ``on-failure`` that is one which the end of a daemon or of the machine has ended, too, until it has failed as
    often as it may.
    """
    name = policy.name or "no"
    if name == "always":
        return has_run
    if name == "unless-stopped":
        return has_run and not stopped_by_user
    left = not policy.maximum_retry_count or restarts < policy.maximum_retry_count
    return name == "on-failure" and has_run and exit_code != 0 and left and not stopped_by_user
