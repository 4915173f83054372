from typing import Any

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.runtime.arguments import parse
from hutch.runtime.cgroups.cgroup import Cgroup
from hutch.runtime.cgroups.layout import Hierarchy, Layout
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


@pytest.mark.parametrize(
    "argv",
    [
        ["c1"],
        ["-u", "root", "c1", "id"],
        ["-g", "x", "c1", "id"],
        ["-u", "4294967296", "c1", "id"],
        ["-u", "1:-1", "c1", "id"],
        ["--cwd", "bin", "c1", "pwd"],
        ["-p", "/nowhere.json", "c1"],
    ],
)
def test_bad_requests(argv: list[str]) -> None:
    with pytest.raises((Invalid, NotFound)):
        process(*argv)


def test_cgroups_below_the_containers() -> None:
    memory = Hierarchy(1, "/cg/memory", "", ("memory",))
    pids = Hierarchy(1, "/cg/pids", "", ("pids",))
    cgroup = Cgroup("/c", Layout([memory, pids], None))
    assert execute.entry_of(cgroup, []).tasks == ["/cg/memory/c/tasks", "/cg/pids/c/tasks"]
    assert execute.entry_of(cgroup, ["a/b"]).tasks == ["/cg/memory/c/a/b/tasks", "/cg/pids/c/a/b/tasks"]
    assert execute.entry_of(cgroup, ["pids:a"]).tasks == ["/cg/memory/c/tasks", "/cg/pids/c/a/tasks"]
    assert execute.entry_of(cgroup, ["/"]).tasks == ["/cg/memory/c/tasks", "/cg/pids/c/tasks"]
    unified = Cgroup("/c", Layout([], Hierarchy(2, "/cg", "", ("memory", "pids"))))
    assert execute.entry_of(unified, ["a"]).unified == "/cg/c/a"
    for wrong in (["nope:a"], ["../x"], ["a/../../x"]):
        with pytest.raises(Invalid):
            execute.entry_of(cgroup, wrong)
    with pytest.raises(Invalid):
        execute.entry_of(unified, ["memory:a"])
    with pytest.raises(Invalid):
        execute.entry_of(None, ["a"])
