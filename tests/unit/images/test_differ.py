from __future__ import annotations

from pathlib import Path

from hutch.images.differ import difference, tree
from hutch.model.tar.reader import Reader


def names(chunks: object) -> list[bytes]:
    return [entry.name for entry in Reader(chunks)]  # type: ignore[arg-type]


def test_trees_and_differences(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder / "d").mkdir(parents=True)
    (tmp_path / "a/d/new").write_text("x")
    (tmp_path / "b/d/gone").write_text("x")
    assert names(tree(str(tmp_path / "a"))) == [b"d/", b"d/new"]
    assert names(difference(str(tmp_path / "a"), str(tmp_path / "b"))) == [b"d/.wh.gone", b"d/new"]
