from pathlib import Path

import pytest

from hutch.model.errors import NotFound
from hutch.runtime.arguments import parse
from hutch.runtime.commands import delete


def test_force_makes_a_missing_container_no_error(tmp_path: Path) -> None:
    assert delete.run(str(tmp_path), parse(["--force", "x"], delete.OPTIONS)) == 0
    with pytest.raises(NotFound):
        delete.run(str(tmp_path), parse(["x"], delete.OPTIONS))
