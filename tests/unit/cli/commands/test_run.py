"""``hutch run`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def prepare(engine: Any, code: int = 0) -> None:
    engine.on("POST /containers/create", {"Id": "abc", "Warnings": []}, status=201)
    engine.on("POST /containers/abc/start", status=204)
    engine.on("POST /containers/abc/wait", {"StatusCode": code})
    engine.on("POST /containers/abc/attach", b"\1\0\0\0\0\0\0\3hi\n", 101)


def test_attached(engine: Any, hutch: Any) -> None:
    prepare(engine, 42)
    assert hutch("run", "--rm", "--sig-proxy=false", "busybox", "true") == (42, "hi\n", "")
    assert engine.targets()[0] == "POST /containers/create"
    assert engine.targets()[-1] == "POST /containers/abc/start"
    assert "POST /containers/abc/wait?condition=removed" in engine.targets()


def test_detached(engine: Any, hutch: Any) -> None:
    prepare(engine)
    assert hutch("run", "-d", "busybox") == (0, "abc\n", "")
    assert engine.targets() == ["POST /containers/create", "POST /containers/abc/start"]


def test_a_program_that_is_not_there_is_127(engine: Any, hutch: Any) -> None:
    prepare(engine)
    engine.on("POST /containers/abc/start", {"message": 'exec: "x": executable file not found in $PATH'}, 400)
    code, _, err = hutch("run", "--sig-proxy=false", "busybox", "x")
    assert code == 127
    assert err.startswith("hutch: Error response from daemon: exec:")
    assert err.endswith("\n\nRun 'hutch run --help' for more information\n")


def test_a_missing_image_is_pulled_once(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/create", {"message": "No such image: a:latest"}, 404)
    engine.on("POST /images/create", {"status": "Pulling"})
    code, out, err = hutch("run", "a")
    assert (code, out) == (125, "")
    assert err.startswith("Unable to find image 'a:latest' locally\nPulling\nhutch: Error response from daemon:")
    assert len(engine.asked) == 3


def test_the_plan_is_printed_and_nothing_is_run(engine: Any, hutch: Any) -> None:
    engine.on("POST /hutch/plan", [{"Step": 1, "Stage": "parent", "Text": "clone3", "Reference": "clone(2)"}])
    assert hutch("run", "--plan", "busybox")[1] == "  1  parent     clone3  [clone(2)]\n"
    assert engine.targets() == ["POST /hutch/plan"]
