"""``hutch exec`` against a scripted engine."""

from __future__ import annotations

import json
from typing import Any


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
