from __future__ import annotations

from hutch.model.image import Image


def test_settings() -> None:
    assert Image("sha256:" + "0" * 64, {"config": {"User": "1"}}, None, []).settings == {"User": "1"}
    assert Image("sha256:" + "0" * 64, {"config": None}, None, ["a:b"]).settings == {}
