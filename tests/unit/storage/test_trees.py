from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.model.errors import Conflict, NotFound
from hutch.storage.trees import Trees


class Plain(Trees):
    """Trees that know only how many files their parents have."""

    name = "plain"

    def fill(self, folder: str, parent: str | None) -> None:
        tree = os.path.join(folder, "tree")
        os.mkdir(tree, 0o755)
        if parent == "/broken":
            raise OSError("no room")
        for name in os.listdir(os.path.join(parent, "tree")) if parent else ():
            os.mkdir(os.path.join(tree, name))


def test_a_layer_becomes_a_parent(tmp_path: Path) -> None:
    trees = Plain(str(tmp_path))
    Path(trees.make("a", None), "tree/file").mkdir()
    with pytest.raises(NotFound):
        trees.make("b", "a")
    trees.commit("a", "sha256:1")
    with pytest.raises(Conflict):
        trees.make("sha256:1", None)
    assert os.listdir(os.path.join(trees.make("b", "sha256:1"), "tree")) == ["file"]
    assert trees.parent("b") == "sha256:1" and trees.keys() == ["b", "sha256:1"]
    trees.close()


def test_what_is_not_finished_is_gone_at_the_next_start(tmp_path: Path) -> None:
    for name in (".making-1", "staging-3", "kept"):
        (tmp_path / "plain" / name / "tree").mkdir(parents=True)
    trees = Plain(str(tmp_path))
    trees.close()
    assert sorted(os.listdir(tmp_path / "plain")) == [".trash", "kept"]
    assert os.listdir(tmp_path / "plain/.trash") == []


def test_a_layer_that_cannot_be_filled_leaves_nothing(tmp_path: Path) -> None:
    class Broken(Plain):
        def fill(self, folder: str, parent: str | None) -> None:
            super().fill(folder, "/broken")

    trees = Broken(str(tmp_path))
    with pytest.raises(OSError, match="no room"):
        trees.make("a", None)
    trees.close()
    assert os.listdir(tmp_path / "plain") == [".trash"]
