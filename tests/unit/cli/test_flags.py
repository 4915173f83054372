"""Flags as pflag reads them."""

from __future__ import annotations

import pytest

from hutch.cli.errors import FlagError, Unsupported
from hutch.cli.flags import parse

TABLE = """\
all,a bool all
name,n string=x a name
env,e list variables
memory,m bytes memory
last int number
cpus decimal cpus
filter,f filter filter
wait duration time
old !string not there"""


def test_forms() -> None:
    flags, rest = parse(TABLE, ["-an", "v", "p", "-eA=1", "--env", "B=2", "--memory=1k", "-e=C", "--", "-a"])
    assert (flags.on("all"), flags.text("name"), flags.list("env"), flags.number("memory")) == (
        True,
        "v",
        ["A=1", "B=2", "C"],
        1024,
    )
    assert rest == ["p", "-a"]


def test_stops_at_the_first_argument() -> None:
    flags, rest = parse(TABLE, ["-a", "image", "-n", "x"], interspersed=False)
    assert (flags.on("all"), "name" in flags, rest) == (True, False, ["image", "-n", "x"])


def test_bools_take_values_only_with_equals() -> None:
    assert parse(TABLE, ["--all=false", "true"])[0].on("all") is False
    assert parse(TABLE, ["--cpus", "1.5"])[0].number("cpus") == 1_500_000_000
    assert parse(TABLE, ["--cpus", "1/2"])[0].number("cpus") == 500_000_000
    assert parse(TABLE, ["--cpus", "1e-1"])[0].number("cpus") == 100_000_000
    assert parse(TABLE, ["--wait", "1m"])[0].number("wait") == 60 * 10**9


def test_only_the_limit_of_swap_may_be_minus_one() -> None:
    assert parse("memory-swap bytes swap", ["--memory-swap=-1"])[0].number("memory-swap") == -1
    with pytest.raises(FlagError, match='invalid argument "-1" for "-m, --memory" flag: invalid size: \'-1\''):
        parse(TABLE, ["-m", "-1"])


@pytest.mark.parametrize("text", ["1/0", "1/", "x", "1/3/4"])
def test_numbers_of_cpus_that_are_none(text: str) -> None:
    with pytest.raises(FlagError, match=f"failed to parse {text} as a rational number"):
        parse(TABLE, ["--cpus", text])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--foo"], "unknown flag: --foo"),
        (["-ax"], "unknown shorthand flag: 'x' in -x"),
        (["-n"], "flag needs an argument: 'n' in -n"),
        (["--name"], "flag needs an argument: --name"),
        (["--=x"], "bad flag syntax: --=x"),
        (["-m", "x"], 'invalid argument "x" for "-m, --memory" flag: invalid size: \'x\''),
        (["--all=x"], 'invalid argument "x" for "-a, --all" flag: strconv.ParseBool: parsing "x": invalid syntax'),
        (["--last=x"], 'invalid argument "x" for "--last" flag: strconv.ParseInt: parsing "x": invalid syntax'),
        (["-f", "x"], 'invalid argument "x" for "-f, --filter" flag: bad format of filter (expected name=value)'),
    ],
)
def test_refusals(words: list[str], message: str) -> None:
    with pytest.raises(FlagError) as caught:
        parse(TABLE, words)
    assert caught.value.message == message


def test_refused_flags_are_named() -> None:
    with pytest.raises(Unsupported, match="--old is not supported by hutch yet: not there"):
        parse(TABLE, ["--old=x"])
