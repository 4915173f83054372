from __future__ import annotations

import os
import struct
import subprocess
from pathlib import Path

import pytest

from hutch.images import elf
from hutch.model import platform
from hutch.model.errors import Unsupported


def test_it_runs_here(tmp_path: Path) -> None:
    message = b"tiny\n" * 30_000  # more than a pipe takes at once
    path = tmp_path / "p"
    path.write_bytes(elf.prints(platform.host().architecture, message))
    path.chmod(0o755)
    done = subprocess.run([str(path)], env={}, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, message)


def test_it_fails_when_nobody_reads(tmp_path: Path) -> None:
    path = tmp_path / "p"
    path.write_bytes(elf.prints(platform.host().architecture, b"x"))
    path.chmod(0o755)
    full = os.open("/dev/full", os.O_WRONLY)
    assert subprocess.run([str(path)], env={}, stdout=full, timeout=30, check=False).returncode == 1
    os.close(full)


def test_the_arm64_program_points_at_its_message() -> None:
    program = elf.prints("arm64", b"hello")
    assert struct.unpack_from("<H", program, 18) == (183,)
    (adr,) = struct.unpack_from("<I", program, 120)
    distance = (adr >> 29 & 3) | (adr >> 5 & 0x7FFFF) << 2
    assert program[120 + distance :] == b"hello"
    with pytest.raises(Unsupported):
        elf.prints("s390x", b"")
