from __future__ import annotations

from pathlib import Path

from hutch.volumes.usage import usage


def test_sizes_and_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/file").write_bytes(b"12345")
    rows = [{"Name": "a", "Mountpoint": str(tmp_path / "a")}, {"Name": "gone", "Mountpoint": str(tmp_path / "gone")}]
    measured = [row["UsageData"] for row in usage(rows, lambda name: len(name))]
    assert measured == [{"RefCount": 1, "Size": 5}, {"RefCount": 4, "Size": -1}]
