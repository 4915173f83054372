"""Limits and devices."""

from __future__ import annotations

import pytest

from hutch.cli.container.limits import device, device_rules, restart, security_options, throttle, ulimit
from hutch.cli.errors import FlagError, OptionError


def test_devices() -> None:
    assert device("/dev/a") == {"PathOnHost": "/dev/a", "PathInContainer": "/dev/a", "CgroupPermissions": "rwm"}
    assert device("/dev/a:r")["CgroupPermissions"] == "r"
    assert device("/dev/a:/dev/b:rw")["PathInContainer"] == "/dev/b"
    with pytest.raises(OptionError, match="bad mode specified: q"):
        device("/dev/a:/dev/b:q")


def test_ulimits_and_restart() -> None:
    assert ulimit("nofile=5:9") == {"Name": "nofile", "Soft": 5, "Hard": 9}
    with pytest.raises(FlagError, match="invalid ulimit type: x"):
        ulimit("x=1")
    with pytest.raises(FlagError, match="must be less than or equal"):
        ulimit("nofile=9:5")
    assert restart("on-failure:3") == {"Name": "on-failure", "MaximumRetryCount": 3}


def test_throttles_and_rules() -> None:
    assert throttle("/dev/a:1mb", size=True) == {"Path": "/dev/a", "Rate": 1 << 20}
    assert device_rules(["c 1:* rw"]) == ["c 1:* rw"]
    with pytest.raises(FlagError, match="invalid device cgroup format"):
        device_rules(["x"])
    with pytest.raises(OptionError, match="opening seccomp profile"):
        security_options(["seccomp=/nonexistent"])
