from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.storage.overlay2 import Settings, fixed_options, inode_numbers, parse


def test_options_are_given_only_where_the_module_knows_them(tmp_path: Path) -> None:
    assert fixed_options(str(tmp_path)) == ()
    (tmp_path / "metacopy").write_text("Y")
    (tmp_path / "index").write_text("N")
    assert fixed_options(str(tmp_path)) == ("index=off", "metacopy=off")
    assert inode_numbers(str(tmp_path)) == ()
    (tmp_path / "xino_auto").write_text("N")
    assert inode_numbers(str(tmp_path)) == ("xino=auto",)


def test_the_kernel_check_takes_what_go_calls_a_boolean() -> None:
    for text in ("1", "true", "F", "False"):
        parse({"overlay2.override_kernel_check": text})
    with pytest.raises(Invalid, match=r'strconv\.ParseBool: parsing "yes": invalid syntax'):
        parse({"overlay2.override_kernel_check": "yes"})


def test_sizes_and_how_they_are_kept() -> None:
    assert parse({}) == Settings(0, "project")
    assert parse({"overlay2.size": "10G", "overlay2.quota": "auto"}) == Settings(10 << 30, "auto")
    with pytest.raises(Invalid, match=r"overlay2\.quota=disk: unknown: there are project, loop, auto"):
        parse({"overlay2.quota": "disk"})
    with pytest.raises(Invalid, match="invalid size"):
        parse({"overlay2.size": "-1"})
