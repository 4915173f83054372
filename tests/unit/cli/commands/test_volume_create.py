"""``hutch volume create`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_driver_options_and_labels(engine: Any, hutch: Any) -> None:
    engine.on("POST /volumes/create", {"Name": "v"}, status=201)
    assert hutch("volume", "create", "-o", "type=tmpfs", "--label", "a=b", "v") == (0, "v\n", "")
    assert engine.body() == {"Name": "v", "Driver": "local", "DriverOpts": {"type": "tmpfs"}, "Labels": {"a": "b"}}


def test_cluster_flags_are_refused_by_name(engine: Any, hutch: Any) -> None:
    assert hutch("volume", "create", "--scope", "x")[::2] == (
        125,
        "--scope is not supported by hutch yet: no cluster volumes\n",
    )
