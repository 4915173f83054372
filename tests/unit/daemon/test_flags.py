from __future__ import annotations

import pytest

from hutch.daemon import flags
from hutch.daemon.config import RuntimeSettings, Ulimit
from hutch.daemon.options import LATER, OFF, OPTIONS
from hutch.model.errors import Invalid


def test_every_way_to_write_a_flag() -> None:
    parsed = flags.parse(
        [
            "-D",
            "-H",
            "unix:///a",
            "-Htcp://b",
            "--host=fd://",
            "--mtu",
            "9000",
            "--icc=false",
            "--init",
            "-ldebug",
            "-b=none",
        ]
    )
    assert parsed.values == {
        "debug": True,
        "host": ["unix:///a", "tcp://b", "fd://"],
        "mtu": 9000,
        "icc": False,
        "init": True,
        "log-level": "debug",
        "bridge": "none",
    }


def test_values_with_parts() -> None:
    parsed = flags.parse(
        ["--add-runtime", "crun=/usr/bin/crun", "--log-opt", "a=b=c", "--log-opt", "d=", "--default-ulimit",
         "nofile=10:20", "--default-shm-size", "64m"]
    )  # fmt: skip
    assert parsed.values == {
        "add-runtime": {"crun": RuntimeSettings("/usr/bin/crun")},
        "log-opt": {"a": "b=c", "d": ""},
        "default-ulimit": {"nofile": Ulimit("nofile", 10, 20)},
        "default-shm-size": 64 << 20,
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--nope"], "unknown flag: --nope"),
        (["-Z"], "unknown shorthand flag: 'Z' in -Z"),
        (["--mtu"], "flag needs an argument: --mtu"),
        (["--mtu=x"], 'invalid argument "x" for "--mtu" flag: strconv.ParseInt: parsing "x": invalid syntax'),
        (
            ["--icc=maybe"],
            'invalid argument "maybe" for "--icc" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (["extra"], '"hutchd" accepts no arguments: "extra"'),
        (["-g", "/x"], "--graph is not supported yet"),
    ],
)
def test_wrong_command_lines(arguments: list[str], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        flags.parse(arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", sorted(LATER))
def test_every_other_flag_of_dockerd_is_refused_by_name(name: str) -> None:
    with pytest.raises(Invalid, match=f"^--{name} is not supported yet$"):
        flags.parse([f"--{name}", "x"])


@pytest.mark.parametrize("name", sorted(OFF))
def test_what_is_off_anyway_may_be_switched_off(name: str) -> None:
    assert flags.parse([f"--{name}=false"]).values == {}
    for text in (f"--{name}", f"--{name}=true"):
        with pytest.raises(Invalid, match="is not supported yet"):
            flags.parse([text])


def test_the_usage_names_every_option() -> None:
    usage = flags.usage()
    assert all(f"--{option.name}" in usage for option in OPTIONS)
