"""Records survive their form on disk."""

from __future__ import annotations

import msgspec
import pytest

from hutch.engine.record import Mounted, decode, encode, with_state
from hutch.model.host_config import HostConfig, PortBinding
from unit.engine.make import record, running


def test_what_is_stored_comes_back() -> None:
    before = record(
        host=HostConfig(auto_remove=True, port_bindings={"80/tcp": [PortBinding(host_port="8080")]}, init=True),
        mounts=(Mounted(kind="volume", name="data", destination="/data", anonymous=True),),
    )
    assert decode(encode(before)) == before


def test_damage_is_told() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(encode(record())[:-2])


def test_a_changed_state_leaves_the_old_snapshot_alone() -> None:
    before = running()
    after = with_state(before, status="paused")
    assert (before.state.status, after.state.status, after.state.pid) == ("running", "paused", 77)
    assert before.running
    assert after.running


def test_mounts_as_inspect_shows_them() -> None:
    shown = Mounted(kind="bind", source="/a", destination="/b", mode="ro", rw=False, propagation="rprivate").to_json()
    assert shown == {
        "Type": "bind", "Source": "/a", "Destination": "/b", "Mode": "ro", "RW": False, "Propagation": "rprivate",
    }  # fmt: skip
