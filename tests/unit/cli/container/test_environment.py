"""Variables and labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from hutch.cli.container.environment import environment, labels
from hutch.cli.errors import FlagError, OptionError


def test_files_and_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSED", "on")
    path = tmp_path / "env"
    path.write_text("# no\n\nA=1\nPASSED\nNOT_THERE_AT_ALL\n")
    assert environment([str(path)], ["B=2", "PASSED"]) == ["A=1", "PASSED=on", "B=2"]
    assert environment([str(path)], ["A=2", "B", "A=3"])[0] == "A=3", "getenv(3) finds the first of several"
    path.write_text("A B=1\n")
    with pytest.raises(OptionError, match="contains whitespaces"):
        environment([str(path)], [])
    assert labels([], ["a=b", "c"]) == {"a": "b", "c": ""}
    path.write_text("a=1\nbare\nb=\n")
    assert labels([str(path)], ["a=2"]) == {"a": "2", "b": ""}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"A=1\nB=\xff\xfe\n", "invalid utf8 bytes at line 2: [66 61 255 254]"),
        (b"=1\n", "no variable name on line '=1'"),
    ],
)
def test_files_that_cannot_be_meant_so(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "env"
    path.write_bytes(content)
    with pytest.raises(OptionError) as caught:
        environment([str(path)], [])
    assert caught.value.message == f"invalid env file ({path}): {message}"


def test_a_byte_order_mark_and_carriage_returns_are_no_part_of_values(tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_bytes(b"\xef\xbb\xbfA=5\r\nB=6\r\n")
    assert environment([str(path)], []) == ["A=5", "B=6"]


def test_names_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"read .*: is a directory"):
        environment([str(tmp_path)], [])
    with pytest.raises(
        FlagError, match=r'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x'
    ):
        environment([], ["=x"])
    with pytest.raises(FlagError, match="label 'a b' contains whitespaces"):
        labels([], ["a b=c"])
