"""Limits and devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from hutch.cli.container.limits import (
    device,
    device_rules,
    health,
    is_qualified,
    restart,
    security_options,
    throttle,
    ulimit,
    weight_device,
)
from hutch.cli.container.options import FLAGS
from hutch.cli.errors import FlagError, OptionError
from hutch.cli.flags import parse


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
    with pytest.raises(FlagError, match=r"hard limit: soft: -1 \(unlimited\), hard: 10"):
        ulimit("nofile=-1:10")
    with pytest.raises(FlagError, match='parsing "": invalid syntax'):
        ulimit("nofile=10:")
    assert restart("on-failure:3") == {"Name": "on-failure", "MaximumRetryCount": 3}
    assert restart("on-failure:") == {"Name": "on-failure", "MaximumRetryCount": 0}


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("/dev/a:rwx", "rwx is not an absolute path"),
        ("/dev/a::r", " is not an absolute path"),
        ("dev/a", "dev/a is not an absolute path"),
        ("/dev/a:/dev/b:", "bad mode specified: "),
        ("/dev/a:/dev/b:rr", "bad mode specified: rr"),
        ("/dev/a:/dev/b:r:w", "bad format for path: /dev/a:/dev/b:r:w"),
        ("", "bad format for path: "),
    ],
)
def test_devices_that_are_none(word: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        device(word)
    assert caught.value.message == message


def test_names_of_kinds_of_devices() -> None:
    assert is_qualified("vendor.com/class=device")
    assert not any(is_qualified(word) for word in ("/dev/a", "/dev/a=b", "vendor.com/class", "class=device", "a/b="))


@pytest.mark.parametrize(
    ("word", "size", "message"),
    [
        ("/dev/a", True, "bad format: /dev/a"),
        ("a:1", True, "bad format for device path: a:1"),
        (
            "/dev/a:1:2",
            True,
            "invalid rate for device: /dev/a:1:2. The correct format is <device-path>:<number>[<unit>]. ",
        ),
        ("/dev/a:1mb", False, "invalid rate for device: /dev/a:1mb. The correct format is <device-path>:<number>. "),
        (f"/dev/a:{1 << 63}", False, "invalid rate for device: "),
    ],
)
def test_rates_that_are_none(word: str, size: bool, message: str) -> None:
    with pytest.raises(FlagError) as caught:
        throttle(word, "device-read-bps", size=size)
    assert caught.value.message.startswith(f'invalid argument "{word}" for "--device-read-bps" flag: {message}')


def test_weights() -> None:
    assert weight_device("/dev/a:0") == {"Path": "/dev/a", "Weight": 0}
    with pytest.raises(FlagError, match="invalid weight for device: /dev/a:9"):
        weight_device("/dev/a:9")


def test_health_checks() -> None:
    def health_of(*words: str) -> object:
        return health(parse(FLAGS, list(words))[0])

    assert health_of("--health-cmd", "x", "--health-retries", "0") == {"Test": ["CMD-SHELL", "x"]}
    assert health_of("--no-healthcheck", "--health-retries", "0") == {"Test": ["NONE"]}
    with pytest.raises(OptionError, match="--health-timeout cannot be negative"):
        health_of("--health-timeout", "-1s")
    with pytest.raises(OptionError, match="conflicts with"):
        health_of("--no-healthcheck", "--health-retries", "1")


def test_throttles_and_rules() -> None:
    assert throttle("/dev/a:1mb", "device-read-bps", size=True) == {"Path": "/dev/a", "Rate": 1 << 20}
    assert device_rules(["c 1:* rw"]) == ["c 1:* rw"]
    with pytest.raises(FlagError, match="invalid device cgroup format"):
        device_rules(["x"])
    with pytest.raises(OptionError, match="opening seccomp profile"):
        security_options(["seccomp=/nonexistent"])


def test_seccomp_profiles_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text('{ "defaultAction" : "SCMP_ACT_ALLOW" }\n')
    assert security_options([f"seccomp={path}"]) == ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}']
    path.write_text("{bad")
    with pytest.raises(
        OptionError, match=r"compacting json for seccomp profile \(.*profile.json\) failed: invalid JSON"
    ):
        security_options([f"seccomp={path}"])
    for word in ("seccomp=", "bogus", "writable-cgroups", ""):
        with pytest.raises(OptionError) as caught:
            security_options([word])
        assert caught.value.message == f'Invalid --security-opt: "{word}"'
