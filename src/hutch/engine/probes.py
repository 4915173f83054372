"""Health checks as values: what is run how often, and what follows from a result (Engine API, HealthConfig). Pure.

Times are nanoseconds. A container is ``starting`` until a probe succeeds; failures within the start period do not
count while it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hutch.engine.record import Health, Probe, replace
from hutch.model.container import Config
from hutch.model.duration import format_duration
from hutch.model.timestamp import rfc3339

Json = dict[str, Any]
_SECOND = 1_000_000_000
KEPT = 5
"""Results that are shown."""
MOST_OUTPUT = 4096
"""Bytes of a probe's output that are kept."""
STARTING, HEALTHY, UNHEALTHY = "starting", "healthy", "unhealthy"


class Plan(NamedTuple):
    """What is run, how often, how long, and how many failures in a row make it unhealthy."""

    command: tuple[str, ...]
    interval: int
    timeout: int
    start_period: int
    start_interval: int
    retries: int


def plan(config: Config) -> Plan | None:
    """The health check of a container, or None if it has none (or one of a kind that there is not)."""
    check = config.healthcheck
    if check is None or not check.test:
        return None
    kind, *words = check.test
    if kind == "CMD-SHELL":
        words = [*(config.shell or ("/bin/sh", "-c")), *words[:1]]
    elif kind != "CMD":
        return None
    if not words:
        return None
    return Plan(
        command=tuple(words),
        interval=check.interval or 30 * _SECOND,
        timeout=check.timeout or 30 * _SECOND,
        start_period=check.start_period,
        start_interval=check.start_interval or 5 * _SECOND,
        retries=check.retries or 3,
    )


def begun(config: Config, before: Health | None) -> Health | None:
    """The health of a container that begins to run; earlier results stay to be seen."""
    if plan(config) is None:
        return None
    return Health(status=STARTING, log=before.log if before is not None else ())


def ended(health: Health | None) -> Health | None:
    """The health of a container that does not run (any more)."""
    return None if health is None else replace(health, status=UNHEALTHY)


def wait(plan: Plan, health: Health, ran: int) -> int:
    """How long until the next probe, of a container that has run for ``ran``."""
    return plan.start_interval if health.status == STARTING and ran < plan.start_period else plan.interval


def after(health: Health, plan: Plan, probe: Probe, ran: int) -> Health:
    """The health with one more result, of a probe that began when the container had run for ``ran``."""
    log = (*health.log, probe)[-KEPT:]
    if probe.exit_code == 0:
        return Health(status=HEALTHY, failing_streak=0, log=log)
    if health.status == STARTING and ran < plan.start_period:
        return replace(health, log=log)
    streak = health.failing_streak + 1
    return Health(status=UNHEALTHY if streak >= plan.retries else health.status, failing_streak=streak, log=log)


def late(timeout: int, output: str) -> str:
    """What is shown of a probe that did not end in time."""
    text = f"Health check exceeded timeout ({format_duration(timeout)})"
    return f"{text}: {output}" if output else text


def to_json(health: Health) -> Json:
    """The ``Health`` object of inspect."""
    log = [
        {"Start": rfc3339(each.start), "End": rfc3339(each.end), "ExitCode": each.exit_code, "Output": each.output}
        for each in health.log
    ]
    return {"Status": health.status, "FailingStreak": health.failing_streak, "Log": log}
