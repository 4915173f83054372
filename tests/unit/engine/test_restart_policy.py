"""When a container that ended starts again."""

from __future__ import annotations

import pytest

from hutch.engine.restart_policy import decide, next_wait, with_daemon
from hutch.model.host_config import RestartPolicy


def policy(name: str, most: int = 0) -> RestartPolicy:
    return RestartPolicy(name=name, maximum_retry_count=most)


def again(name: str, *, code: int = 1, most: int = 0, restarts: int = 0, stopped: bool = False) -> bool:
    return decide(
        policy(name, most), exit_code=code, restarts=restarts, stopped_by_user=stopped, last_wait=0, ran=1
    ).again


def test_policies() -> None:
    assert not again("no")
    assert not again("")
    assert again("always", code=0)
    assert again("unless-stopped", code=0)
    assert again("on-failure")
    assert not again("on-failure", code=0)


def test_on_failure_counts() -> None:
    assert again("on-failure", most=3, restarts=2)
    assert not again("on-failure", most=3, restarts=3)


@pytest.mark.parametrize("name", ["always", "unless-stopped", "on-failure"])
def test_what_the_user_stopped_stays_stopped(name: str) -> None:
    assert not again(name, stopped=True)


def test_the_wait_doubles_up_to_a_minute_and_a_good_run_resets_it() -> None:
    waits, last = [], 0.0
    for _ in range(12):
        last = next_wait(last, 1)
        waits.append(last)
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[-1] == 60
    assert next_wait(60, 10) == 0.1
    assert next_wait(60, 9.9) == 60


def test_with_the_daemon() -> None:
    def starts(
        name: str, *, code: int = 0, stopped: bool = False, has_run: bool = True, most: int = 0, restarts: int = 0
    ) -> bool:
        return with_daemon(
            policy(name, most), exit_code=code, restarts=restarts, has_run=has_run, stopped_by_user=stopped
        )

    assert starts("always", stopped=True)
    assert not starts("always", has_run=False)
    assert starts("unless-stopped")
    assert not starts("unless-stopped", stopped=True)
    assert not starts("no")
    assert starts("on-failure", code=137)  # the end of the daemon was its end
    assert not starts("on-failure", code=0)
    assert not starts("on-failure", code=137, stopped=True)
    assert starts("on-failure", code=1, most=3, restarts=2)
    assert not starts("on-failure", code=1, most=3, restarts=3)
