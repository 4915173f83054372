import os
from pathlib import Path

import pytest

from hutch.linux.paths import Root
from hutch.runtime.step import Inside, StepFailed
from hutch.runtime.steps import masks


def inside(path: Path) -> Inside:
    def nothing(*_: object) -> dict[str, object]:
        return {}

    made = Inside(nothing, nothing)
    made.root = Root.at(str(path))
    return made


def test_a_link_or_a_file_is_not_the_null_device(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "null").symlink_to("/proc/sysrq-trigger")
    with pytest.raises(StepFailed, match="not the null device"):
        masks.open_null(inside(tmp_path))
    (tmp_path / "dev" / "null").unlink()
    (tmp_path / "dev" / "null").write_text("")
    with pytest.raises(StepFailed, match="not the null device"):
        masks.open_null(inside(tmp_path))


def test_the_null_device_is_accepted() -> None:
    os.close(masks.open_null(inside(Path("/"))))


def test_what_is_absent_needs_no_mask(tmp_path: Path) -> None:
    masks.MaskPath("/proc/keys").execute(inside(tmp_path))
    masks.ReadonlyPath("/proc/sys").execute(inside(tmp_path))
