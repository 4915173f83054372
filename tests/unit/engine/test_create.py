"""Which containers a parked sandbox fits."""

from __future__ import annotations

import pytest

from hutch.engine.create import standard
from hutch.model.host_config import HostConfig


def host(**fields: object) -> HostConfig:
    return HostConfig(**{"network_mode": "bridge", "ipc_mode": "private", "runtime": "hutch", **fields})  # type: ignore[arg-type]


def test_an_ordinary_one() -> None:
    assert standard(host())
    assert standard(host(network_mode="none"))


@pytest.mark.parametrize(
    "fields",
    [
        {"privileged": True}, {"network_mode": "host"}, {"network_mode": "container:x"}, {"pid_mode": "host"},
        {"ipc_mode": "host"}, {"uts_mode": "host"}, {"runtime": "crun"}, {"cgroup_parent": "/mine"},
    ],
)  # fmt: skip
def test_others(fields: dict[str, object]) -> None:
    assert not standard(host(**fields))
