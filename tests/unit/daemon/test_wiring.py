from __future__ import annotations

import inspect

from hutch.daemon import wiring


def test_build_takes_the_config_and_is_awaited() -> None:
    assert inspect.iscoroutinefunction(wiring.build)
    assert list(inspect.signature(wiring.build).parameters) == ["config"]
