"""``hutch stop`` and its like against a scripted engine."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_signal_and_time_are_passed_on(engine: Any, hutch: Any, verb: str) -> None:
    engine.on(f"POST /containers/a/{verb}", status=204)
    assert hutch(verb, "-s", "INT", "-t", "0", "a") == (0, "a\n", "")
    assert hutch(verb, "--time", "3", "a") == (0, "a\n", "")
    assert engine.targets() == [f"POST /containers/a/{verb}?signal=INT&t=0", f"POST /containers/a/{verb}?t=3"]


@pytest.mark.parametrize("verb", ["stop", "restart"])
def test_the_engine_chooses_without_flags(engine: Any, hutch: Any, verb: str) -> None:
    engine.on(f"POST /containers/a/{verb}", status=304)
    assert hutch("container", verb, "a")[0] == 0
    assert engine.targets() == [f"POST /containers/a/{verb}"]


@pytest.mark.parametrize("verb", ["pause", "unpause"])
def test_every_container_is_asked_for_and_failures_do_not_stop_the_rest(engine: Any, hutch: Any, verb: str) -> None:
    engine.on(f"POST /containers/a/{verb}", status=204)
    engine.on(f"POST /containers/c/{verb}", status=204)
    error = f"Error response from daemon: No such thing: /containers/b/{verb}\n"
    assert hutch(verb, "a", "b", "c") == (1, "a\nc\n", error)


def test_kill_sends_kill_or_the_named_signal(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/kill", status=204)
    hutch("kill", "a")
    hutch("kill", "--signal=HUP", "a")
    assert engine.targets() == ["POST /containers/a/kill?signal=KILL", "POST /containers/a/kill?signal=HUP"]


def test_wait_prints_exit_codes(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/wait", {"StatusCode": 7})
    assert hutch("wait", "a") == (0, "7\n", "")
