from __future__ import annotations

from typing import Any

import pytest

from hutch.api.routes.execs import console_size
from hutch.model.errors import Invalid


def test_an_exec(api: Any) -> None:
    assert api("POST /containers/a/exec", {"Cmd": []}).json == {"message": "No exec command specified"}
    assert api("POST /containers/a/exec", {"Cmd": ["ls"]}).json == {"Id": "exec-in-a"}
    assert api("POST /exec/e/start", {"Detach": True}).status == 200
    assert api("POST /exec/e/start", {"Tty": True, "ConsoleSize": [40, 100]}).status == 101
    assert api("POST /v1.41/exec/e/start", {"Tty": True, "ConsoleSize": [40, 100]}).status == 101
    assert api.execs.started == [
        ("e", True, {"tty": False, "console_size": None, "old_content_type": False}),
        ("e", False, {"tty": True, "console_size": (40, 100), "old_content_type": False}),
        ("e", False, {"tty": True, "console_size": None, "old_content_type": True}),
    ]
    assert api("GET /exec/e/json").json == {"ID": "e"}
    assert api("POST /exec/e/resize?h=1&w=2").status == 404


def test_create_and_start_in_one_and_the_wait_beside_it(api: Any) -> None:
    body = {"Cmd": ["ls"], "Tty": True, "ConsoleSize": [40, 100]}
    assert api("POST /hutch/containers/a/exec?id=drawn", body).status == 101
    assert api("POST /hutch/containers/a/exec", {"Cmd": ["ls"]}).status == 101
    assert api.execs.started == [
        ("drawn", False, {"tty": True, "console_size": (40, 100), "old_content_type": False, "status": False}),
        ("exec-in-a", False, {"tty": False, "console_size": None, "old_content_type": False, "status": True}),
    ]
    assert api("POST /hutch/containers/a/exec", {"Cmd": []}).json == {"message": "No exec command specified"}
    assert api("GET /hutch/exec/drawn/wait").json == {"ExitCode": 7}
    assert api("GET /hutch/exec/gone/wait").status == 404


@pytest.mark.parametrize("value", [[1], [1, 2, 3], ["1", "2"], [True, 1], [-1, 1], [1, 70000], "80x25", {}])
def test_what_is_no_console_size(value: Any) -> None:
    with pytest.raises(Invalid):
        console_size(value)
