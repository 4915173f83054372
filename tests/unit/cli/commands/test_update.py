"""``hutch update`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_only_what_is_given_is_sent(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/update", {"Warnings": ["odd"]})
    assert hutch("update", "-m", "64m", "--cpus", "1.5", "--restart", "on-failure:3", "a") == (0, "a\n", "odd\n")
    policy = {"Name": "on-failure", "MaximumRetryCount": 3}
    assert engine.body() == {"Memory": 64 << 20, "NanoCpus": 1_500_000_000, "RestartPolicy": policy}


def test_something_must_be_given(hutch: Any) -> None:
    assert hutch("update", "a") == (1, "", "you must provide one or more flags when using this command\n")
