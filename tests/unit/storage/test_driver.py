from __future__ import annotations

import pytest

from hutch.model.errors import Invalid
from hutch.storage.driver import check_key


def test_keys_become_file_names() -> None:
    for good in ("a", "staging-1", "sha256:" + "0" * 64, "A_b.c"):
        assert check_key(good) == good
    for bad in ("", ".", "..", "a/b", "a\0b", "-a", ":a", "x" * 201, "a\n", "é"):
        with pytest.raises(Invalid):
            check_key(bad)
