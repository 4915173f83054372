from __future__ import annotations

from pathlib import Path

import pytest

from hutch.model.errors import Unsupported
from hutch.storage import formatting


def test_a_kind_that_is_not_made_here() -> None:
    with pytest.raises(Unsupported, match=r"unsupported filesystem type 'vfat': there is no mkfs\.vfat"):
        formatting.make("vfat", "/dev/null")


@pytest.mark.skipif(formatting.program("ext4") is None, reason="mkfs.ext4 is not installed")
def test_ext4_in_a_file(tmp_path: Path) -> None:
    image = tmp_path / "image"
    with image.open("xb") as file:
        file.truncate(64 << 20)
    formatting.make("ext4", str(image), ("-L", "label"))
    data = image.read_bytes()
    assert data[1024 + 0x38 : 1024 + 0x3A] == b"\x53\xef" and data[1024 + 0x78 :].startswith(b"label\0")
    with pytest.raises(OSError, match=r"mkfs\.ext4 failed: .*") as caught:
        formatting.make("ext4", str(tmp_path / "none"))
    assert caught.value.filename == str(tmp_path / "none")


def test_what_cannot_be_grown() -> None:
    for kind in formatting.KINDS:
        with pytest.raises(OSError, match=f"{kind} at /proc"):
            formatting.grow(kind, "/proc", 1 << 30)
