"""``hutch exec`` against a scripted engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hutch.cli.main import main


def test_output_and_exit_code(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/exec", {"Id": "e"}, status=201)
    engine.on("POST /exec/e/start", b"\2\0\0\0\0\0\0\2no", 101)
    engine.on("GET /exec/e/json", {"ExitCode": 5})
    assert hutch("exec", "-e", "A=b", "-w", "/x", "a", "ls", "-l") == (5, "", "no")
    create = next(json.loads(body) for method, target, body in engine.asked if target == "/containers/a/exec")
    assert (create["Cmd"], create["Env"], create["WorkingDir"]) == (["ls", "-l"], ["A=b"], "/x")


def test_detached(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/a/exec", {"Id": "e"}, status=201)
    engine.on("POST /exec/e/start")
    assert hutch("exec", "-d", "a", "ls") == (0, "", "")
    assert engine.body() == {"Detach": True, "Tty": False}


def test_our_own_engine_is_asked_once(
    engine: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_HOST", engine.address)
    engine.on("POST /hutch/containers/a/exec", b"\2\0\0\0\0\0\0\2no\4\0\0\0\0\0\0\4\0\0\0\x09", 101)
    assert main(["exec", "a", "ls"]) == 9
    assert capfd.readouterr() == ("", "no")
    assert len(engine.targets()) == 1


def test_an_engine_whose_stream_broke_is_asked_for_the_exit_code(
    engine: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_HOST", engine.address)
    drawn: list[str] = []

    def draw(size: int) -> bytes:
        drawn.append("5a" * size)
        return b"\x5a" * size

    monkeypatch.setattr("posix.urandom", draw)
    engine.on("POST /hutch/containers/a/exec", b"\1\0\0\0\0\0\0\3out", 101)
    engine.on(f"GET /hutch/exec/{'5a' * 32}/wait", {"ExitCode": 9})
    assert main(["exec", "-u", "www", "a", "ls"]) == 9
    assert capfd.readouterr() == ("out", "")
    assert engine.targets() == [
        f"POST /hutch/containers/a/exec?id={drawn[0]}",
        f"GET /hutch/exec/{drawn[0]}/wait",
    ]
    assert (engine.body(0)["User"], engine.body(0)["Cmd"]) == ("www", ["ls"])


def test_what_our_own_engine_refuses(
    engine: Any, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUTCH_HOST", engine.address)
    engine.on("POST /hutch/containers/a/exec", {"message": "container a is not running"}, 409)
    assert main(["exec", "a", "ls"]) == 1
    assert capfd.readouterr().err == "Error response from daemon: container a is not running\n"


def test_variables_that_are_none(engine: Any, hutch: Any) -> None:
    del engine
    code, _, err = hutch("exec", "-e", "=x", "c", "true")
    assert code == 125
    assert err.startswith('invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x\n\nUsage:')
    assert hutch("exec", "--env-file", "/nope", "c", "true") == (1, "", "open /nope: no such file or directory\n")
