"""Files to upload."""

from __future__ import annotations

from pathlib import Path

from hutch.cli.archive import archive


def test_the_pieces_make_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"x" * 600_000)
    with archive(str(path)) as pieces:
        assert b"".join(pieces) == b"x" * 600_000
