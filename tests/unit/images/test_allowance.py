from __future__ import annotations

from pathlib import Path

from hutch.images.allowance import allowed, within
from hutch.model.limits import DEFAULT, GIB, MIB


def test_a_quarter_of_what_is_free() -> None:
    assert within(40 * GIB, DEFAULT).ratio_from == 10 * GIB
    assert within(4000 * GIB, DEFAULT).ratio_from == 16 * GIB
    assert within(0, DEFAULT) == DEFAULT == within(4 * DEFAULT.ratio_from, DEFAULT)
    assert within(40 * GIB, DEFAULT)._replace(ratio_from=512 * MIB) == DEFAULT


def test_of_this_file_system(tmp_path: Path) -> None:
    assert DEFAULT.ratio_from <= allowed(str(tmp_path), DEFAULT).ratio_from <= 16 * GIB
