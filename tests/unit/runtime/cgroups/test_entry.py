from __future__ import annotations

from pathlib import Path

import pytest

from hutch.runtime.cgroups.cgroup import Cgroup
from hutch.runtime.cgroups.entry import Entry
from hutch.runtime.cgroups.layout import Hierarchy, Layout


def layout(folder: Path, *, v1: bool, v2: bool) -> Layout:
    old = [Hierarchy(1, f"{folder}/{name}", "", (name,)) for name in ("freezer", "name=systemd")] if v1 else []
    return Layout(old, Hierarchy(2, f"{folder}/unified", "", ("memory",)) if v2 else None)


@pytest.mark.parametrize(
    ("v1", "v2", "unified", "tasks", "freezer"),
    [
        (True, True, "unified/c", ["freezer/c/tasks", "name=systemd/c/tasks"], "freezer/c"),
        (True, False, "", ["freezer/c/tasks", "name=systemd/c/tasks"], "freezer/c"),
        (False, True, "unified/c", [], ""),
    ],
)
def test_the_ways_in(tmp_path: Path, v1: bool, v2: bool, unified: str, tasks: list[str], freezer: str) -> None:
    entry = Entry.of(Cgroup("/c", layout(tmp_path, v1=v1, v2=v2)))
    assert entry.unified == (f"{tmp_path}/{unified}" if unified else "")
    assert entry.tasks == [f"{tmp_path}/{each}" for each in tasks]
    assert entry.freezer == (f"{tmp_path}/{freezer}" if freezer else "")
    assert Entry.from_json(entry.to_json()).to_json() == entry.to_json()


def test_going_in_and_being_frozen(tmp_path: Path) -> None:
    entry = Entry.of(Cgroup("/c", layout(tmp_path, v1=True, v2=False)))
    assert not entry.is_frozen()
    for task in entry.tasks:
        Path(task).parent.mkdir(parents=True)
        Path(task).touch()
    entry.enter()
    assert [Path(task).read_text() for task in entry.tasks] == ["0", "0"]
    state = Path(entry.freezer, "freezer.state")
    for text, frozen in (("THAWED\n", False), ("FREEZING\n", True), ("FROZEN\n", True)):
        state.write_text(text)
        assert entry.is_frozen() is frozen
    unified = Entry(str(tmp_path))
    (tmp_path / "cgroup.freeze").write_text("1\n")
    assert unified.is_frozen()


def test_our_own_cgroup_needs_no_way_in() -> None:
    entry = Entry.of(None)
    assert entry.open_unified() == -1
    assert not entry.is_frozen()
    entry.enter()
