from typing import Any

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.arguments import parse
from hutch.runtime.commands import exec as execute

CONFIG: dict[str, Any] = {
    "process": {
        "args": ["init"],
        "cwd": "/",
        "env": ["A=1"],
        "terminal": True,
        "user": {"uid": 5, "gid": 6},
        "capabilities": {"bounding": ["CAP_KILL"]},
    }
}


def process(*argv: str) -> dict[str, Any]:
    return execute.process_of(CONFIG, parse(list(argv), execute.OPTIONS))


def test_the_containers_process_is_the_base() -> None:
    made = process("-e", "B=2", "--cwd", "/tmp", "c1", "ls", "-l")
    assert (made["args"], made["env"], made["cwd"], made["terminal"]) == (["ls", "-l"], ["A=1", "B=2"], "/tmp", False)
    assert made["user"] == {"uid": 5, "gid": 6}
    assert CONFIG["process"]["args"] == ["init"]


def test_user_groups_and_capabilities() -> None:
    made = process("-u", "7:8", "-g", "9", "-c", "CAP_CHOWN", "c1", "id")
    assert made["user"] == {"uid": 7, "gid": 8, "additionalGids": [9]}
    assert made["capabilities"]["bounding"] == ["CAP_KILL", "CAP_CHOWN"]
    assert CONFIG["process"]["capabilities"] == {"bounding": ["CAP_KILL"]}


@pytest.mark.parametrize("argv", [["c1"], ["-u", "root", "c1", "id"], ["-g", "x", "c1", "id"]])
def test_bad_requests(argv: list[str]) -> None:
    with pytest.raises(Invalid):
        process(*argv)
