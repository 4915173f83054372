from __future__ import annotations

import pytest

from hutch.engine import probes
from hutch.engine.record import Health, Probe
from hutch.model.container import Config, HealthConfig

S = 1_000_000_000


def plan(**fields: int) -> probes.Plan:
    found = probes.plan(Config(healthcheck=HealthConfig(test=["CMD", "check"], **fields)))
    assert found is not None
    return found


def result(code: int) -> Probe:
    return Probe(start=1, end=2, exit_code=code, output="")


@pytest.mark.parametrize(
    ("test", "command"),
    [
        (["CMD", "a", "b"], ("a", "b")),
        (["CMD-SHELL", "a b"], ("/bin/sh", "-c", "a b")),
        (["NONE"], None),
        ([], None),
        (["ODD", "a"], None),
        (["CMD"], None),
    ],
)
def test_the_command(test: list[str], command: tuple[str, ...] | None) -> None:
    found = probes.plan(Config(healthcheck=HealthConfig(test=test)))
    assert (found and found.command) == command


def test_the_images_shell_is_used() -> None:
    found = probes.plan(Config(healthcheck=HealthConfig(test=["CMD-SHELL", "x"]), shell=["/bin/bash", "-ec"]))
    assert found is not None and found.command == ("/bin/bash", "-ec", "x")


def test_defaults() -> None:
    found = plan()
    assert (found.interval, found.timeout, found.start_period, found.retries) == (30 * S, 30 * S, 0, 3)


def test_failures_in_a_row_make_it_unhealthy_and_one_success_healthy() -> None:
    health, check = Health(status="starting"), plan(retries=2)
    health = probes.after(health, check, result(1), 0)
    assert (health.status, health.failing_streak) == ("starting", 1)
    health = probes.after(health, check, result(-1), 0)
    assert (health.status, health.failing_streak) == ("unhealthy", 2)
    health = probes.after(health, check, result(0), 0)
    assert (health.status, health.failing_streak) == ("healthy", 0)
    assert probes.after(health, check, result(1), 0).status == "healthy"


def test_what_fails_in_the_start_period_does_not_count() -> None:
    health, check = Health(status="starting"), plan(retries=1, start_period=10 * S)
    inside = probes.after(health, check, result(1), 9 * S)
    assert (inside.status, inside.failing_streak, len(inside.log)) == ("starting", 0, 1)
    assert probes.after(inside, check, result(1), 11 * S).status == "unhealthy"
    healthy = probes.after(inside, check, result(0), 3 * S)
    assert probes.after(healthy, check, result(1), 4 * S).status == "unhealthy", "it is not starting any more"


def test_the_start_interval_is_for_the_start_period() -> None:
    check = plan(start_period=10 * S, interval=7 * S)
    assert probes.wait(check, Health(status="starting"), 1 * S) == 5 * S
    assert probes.wait(check, Health(status="starting"), 11 * S) == 7 * S
    assert probes.wait(check, Health(status="healthy"), 1 * S) == 7 * S


def test_five_results_are_kept() -> None:
    health = Health(status="starting")
    for code in range(7):
        health = probes.after(health, plan(), result(code), 0)
    assert [each.exit_code for each in health.log] == [2, 3, 4, 5, 6]
    assert probes.to_json(health)["FailingStreak"] == 6


def test_the_life_of_a_container() -> None:
    config = Config(healthcheck=HealthConfig(test=["CMD", "x"]))
    before = Health(status="unhealthy", failing_streak=3, log=(result(1),))
    assert probes.begun(config, before) == Health(status="starting", log=(result(1),))
    assert probes.begun(Config(), before) is None
    assert probes.ended(Health(status="healthy")) == Health(status="unhealthy")
    assert probes.ended(None) is None


def test_a_late_one_says_so() -> None:
    assert probes.late(1500 * 10**6, "") == "Health check exceeded timeout (1.5s)"
    assert probes.late(S, "out") == "Health check exceeded timeout (1s): out"
