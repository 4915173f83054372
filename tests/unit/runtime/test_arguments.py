import pytest

from hutch.model.errors import Invalid
from hutch.runtime.arguments import Misused, Options, parse

OPTIONS = Options(flags="tty detach", values="bundle", lists="env", short="t=tty b=bundle e=env")


def test_options_then_arguments() -> None:
    parsed = parse(["-t", "-b", "/x", "--env=A=1", "-e", "B=2", "id", "-t", "--", "x"], OPTIONS)
    assert parsed.flags == {"tty"}
    assert parsed.value("bundle") == "/x"
    assert parsed.lists == {"env": ["A=1", "B=2"]}
    assert parsed.args == ["id", "-t", "--", "x"]


def test_options_may_come_behind_arguments_that_are_no_command_line() -> None:
    parsed = parse(["id", "-t", "-9", "--env=A=1", "--", "-b"], OPTIONS, anywhere=True)
    assert (parsed.flags, parsed.lists, parsed.args) == ({"tty"}, {"env": ["A=1"]}, ["id", "-9", "-b"])
    with pytest.raises(Misused, match="flag provided but not defined: -odd"):
        parse(["--odd", "id"], OPTIONS, anywhere=True)


def test_two_dashes_end_the_options() -> None:
    assert parse(["--", "-t"], OPTIONS).args == ["-t"]


@pytest.mark.parametrize("argv", [["--odd"], ["--bundle"], ["--tty=maybe"]])
def test_what_is_wrong_is_named(argv: list[str]) -> None:
    with pytest.raises(Invalid, match=argv[0].strip("-").partition("=")[0]):
        parse(argv, OPTIONS)


def test_an_id_is_needed() -> None:
    with pytest.raises(Invalid, match="container id cannot be empty"):
        parse([], OPTIONS).the_id()
