from __future__ import annotations

import io
import json
import logging
import sys

from hutch.daemon.logbook import Logbook, Rooms, quote, stamp


def test_values_are_quoted_when_they_must_be() -> None:
    assert quote("plain/value-1.2") == "plain/value-1.2"
    assert quote("two words") == '"two words"'
    assert quote('a"b\n') == '"a\\"b\\n"'
    assert quote("") == '""'


def test_lines_cannot_be_forged() -> None:
    out = io.StringIO()
    Logbook(out).info('x" level=error\ntime=now', name="a b")
    assert out.getvalue().count("\n") == 1
    assert 'level=info msg="x\\" level=error\\ntime=now" name="a b"\n' in out.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_unless_lines_are_to_be_raw() -> None:
    out, raw = Terminal(), Terminal()
    Logbook(out).warn("it\x1b[2J", name="a b")
    Logbook(raw, raw=True).warn("it", name="a b")
    assert out.getvalue().startswith("\x1b[33mWARN\x1b[0m[2")
    assert out.getvalue().endswith(' \x1b[33mname\x1b[0m="a b"\n') and "\x1b[2J" not in out.getvalue()
    assert raw.getvalue().startswith("time=") and raw.getvalue().endswith(' level=warning msg=it name="a b"\n')


def test_levels_and_json() -> None:
    out = io.StringIO()
    log = Logbook(out, level="warn", form="json")
    log.info("quiet")
    log.warn("loud")
    log.set_level("debug")
    log.debug("now")
    assert [json.loads(line)["msg"] for line in out.getvalue().splitlines()] == ["loud", "now"]


def test_stamps_have_nanoseconds() -> None:
    assert stamp(1_700_000_000_000_000_005) == "2023-11-14T22:13:20.000000005Z"


def test_a_fault_names_its_places_in_one_line() -> None:
    out = io.StringIO()
    try:
        raise KeyError("x")
    except KeyError as error:
        Logbook(out).fault("GET /x", error)
    assert "GET /x: KeyError: 'x'" in out.getvalue()
    assert "test_a_fault_names_its_places_in_one_line" in out.getvalue()
    assert out.getvalue().count("\n") == 1


def test_rooms_speak_through_the_same_log() -> None:
    out = io.StringIO()
    rooms = Rooms(Logbook(out, level="info"))
    for level, text in ((logging.DEBUG, "quiet"), (logging.INFO, "said"), (logging.WARNING, "loud")):
        rooms.handle(logging.LogRecord("hutch.images", level, "", 0, "%s here", (text,), None))
    assert [line.partition(" ")[2] for line in out.getvalue().splitlines()] == [
        'level=info msg="said here"', 'level=warning msg="loud here"',
    ]  # fmt: skip
    try:
        raise KeyError("x")
    except KeyError:
        record = logging.LogRecord("hutch", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    rooms.handle(record)
    assert "KeyError: 'x'" in out.getvalue()
