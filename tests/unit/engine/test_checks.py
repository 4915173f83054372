"""Requests that cannot be."""

from __future__ import annotations

import pytest

from hutch.engine import checks
from hutch.model.container import Config, HealthConfig
from hutch.model.errors import Invalid, Unsupported
from hutch.model.host_config import HostConfig


def test_a_sound_one() -> None:
    checks.host(HostConfig(runtime="hutch", extra_hosts=["a:1.2.3.4", "b=::1"]), {"hutch"})
    checks.config(Config(stop_signal="SIGQUIT", working_dir="/x"))


@pytest.mark.parametrize(
    ("host", "message"),
    [
        (HostConfig(runtime="nope"), "unknown or invalid runtime name: nope"),
        (HostConfig(runtime="hutch", extra_hosts=["a"]), 'bad format for add-host: "a"'),
        (HostConfig(runtime="hutch", annotations={"": "b"}),
         "invalid Annotations: the empty string is not permitted as an annotation key"),
    ],
)  # fmt: skip
def test_host_configs(host: HostConfig, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        checks.host(host, {"hutch"})
    assert caught.value.message == message


def test_what_is_not_here_is_named() -> None:
    with pytest.raises(Unsupported, match="--link"):
        checks.host(HostConfig(runtime="hutch", links=["a:b"]), {"hutch"})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (Config(stop_signal="FOO"), "invalid signal: FOO"),
        (Config(healthcheck=HealthConfig(interval=10)), "Interval in Healthcheck cannot be less than 1ms"),
        (Config(healthcheck=HealthConfig(retries=-1)), "Retries in Healthcheck cannot be negative"),
        (Config(cmd=["a\0b"]), "the command is invalid, it holds a zero byte"),
    ],
)
def test_configs(config: Config, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        checks.config(config)
    assert caught.value.message == message
