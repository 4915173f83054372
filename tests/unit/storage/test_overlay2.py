from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.storage.overlay2 import check_options, fixed_options


def test_options_are_given_only_where_the_module_knows_them(tmp_path: Path) -> None:
    assert fixed_options(str(tmp_path)) == ()
    (tmp_path / "metacopy").write_text("Y")
    (tmp_path / "index").write_text("N")
    assert fixed_options(str(tmp_path)) == ("index=off", "metacopy=off")


def test_the_kernel_check_takes_what_go_calls_a_boolean() -> None:
    for text in ("1", "true", "F", "False"):
        check_options({"overlay2.override_kernel_check": text})
    with pytest.raises(Invalid, match=r'strconv\.ParseBool: parsing "yes": invalid syntax'):
        check_options({"overlay2.override_kernel_check": "yes"})
