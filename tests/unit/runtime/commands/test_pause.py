from pathlib import Path

import pytest

from hutch.model.errors import NotFound
from hutch.runtime.arguments import parse
from hutch.runtime.commands import pause


def test_a_missing_container_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="container does not exist"):
        pause.run(str(tmp_path), parse(["x"], pause.OPTIONS))
