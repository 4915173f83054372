"""Platforms in requests."""

from __future__ import annotations

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.platforms import as_json


def test_json() -> None:
    assert as_json("linux/arm/v6") == '{"architecture":"arm","os":"linux","variant":"v6"}'
    assert as_json("linux/amd64") == '{"architecture":"amd64","os":"linux"}'
    with pytest.raises(CommandError, match="invalid platform"):
        as_json("a/b/c/d")
