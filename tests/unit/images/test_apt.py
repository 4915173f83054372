from __future__ import annotations

from pathlib import Path

import pytest

from hutch.images import apt
from hutch.model.errors import Invalid


def test_both_forms(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text(
        "# x\ndeb [trusted=yes] http://m/debian trixie main contrib # c\ndeb-src x y z\n"
    )
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d/d.sources").write_text(
        "Types: deb deb-src\nURIs: http://n/debian\n# c\nSuites: bookworm\n bookworm-updates\nComponents: main\n"
        "Signed-By: /k.gpg\n\nEnabled: no\nTypes: deb\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\n"
    )
    found = apt.find_sources("bookworm", "debian", etc=str(tmp_path))
    assert [s.line() for s in found] == [
        "deb [signed-by=/k.gpg] http://n/debian bookworm main",
        "deb [signed-by=/k.gpg] http://n/debian bookworm-updates main",
    ]
    assert apt.find_sources("trixie", "debian", etc=str(tmp_path))[0].options == ("trusted=yes",)
    assert apt.find_sources("sid", "debian", etc=str(tmp_path))[0].uri == "http://m/debian"
    assert apt.find_sources("noble", "ubuntu", etc=str(tmp_path))[0].components == ("main", "universe")
    with pytest.raises(Invalid, match="--mirror"):
        apt.find_sources("x", "devuan", etc=str(tmp_path))


def test_a_mirror_is_a_url(tmp_path: Path) -> None:
    assert apt.find_sources("sid", "debian", "http://m/d", str(tmp_path))[0].uri == "http://m/d"
    for bad in ("m", "http://m/d main", "http://m/\n"):
        with pytest.raises(Invalid):
            apt.find_sources("sid", "debian", bad, str(tmp_path))
