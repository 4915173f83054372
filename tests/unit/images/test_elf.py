from __future__ import annotations

import os
import shutil
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


class Arm:
    """Executes the instructions of AArch64 that the program has; a write takes at most ``most`` bytes."""

    def __init__(self, program: bytes, most: int) -> None:
        self.program, self.most = program, most
        self.x = [0] * 32
        self.out = b""
        self.left = 0  # what the last comparison came to

    def run(self) -> int:
        """The exit status."""
        at = 120
        for _ in range(100_000):
            (word,) = struct.unpack_from("<I", self.program, at)
            rd, rn, rm, imm16 = word & 31, word >> 5 & 31, word >> 16 & 31, word >> 5 & 0xFFFF
            step = 4
            if word & 0x9F000000 == 0x10000000:  # adr
                self.x[rd] = at + ((word >> 29 & 3) | (word >> 5 & 0x7FFFF) << 2)
            elif word & 0xFFE00000 == 0xD2800000:  # movz
                self.x[rd] = imm16
            elif word & 0xFFE00000 == 0xF2A00000:  # movk, lsl #16
                self.x[rd] = self.x[rd] & 0xFFFF | imm16 << 16
            elif word & 0xFFE0FC00 == 0x8B000000:  # add
                self.x[rd] = self.x[rn] + self.x[rm]
            elif word & 0xFFE0FC00 == 0xEB000000:  # subs
                self.x[rd] = self.left = self.x[rn] - self.x[rm]
            elif word & 0xFFC0001F == 0xF100001F:  # cmp with a number
                self.left = self.x[rn] - (word >> 10 & 0xFFF)
            elif word & 0xFF000010 == 0x54000000:  # b.ne, b.le
                if {1: self.left != 0, 13: self.left <= 0}[word & 15]:
                    step = 4 * ((word >> 5 & 0x7FFFF) - (word >> 4 & 0x80000))
            elif word >> 26 == 5:  # b
                step = 4 * (word & 0x3FFFFFF)
            elif word == 0xD4000001:  # svc #0
                if self.x[8] == 93:
                    return self.x[0]
                assert (self.x[8], self.x[0]) == (64, 1)
                self.x[0] = min(self.x[2], self.most) if self.most > 0 else self.most
                self.out += self.program[self.x[1] : self.x[1] + max(self.x[0], 0)]
            else:
                raise AssertionError(f"unknown instruction {word:#x}")
            at += step
        raise AssertionError("the program does not end")


@pytest.mark.parametrize("length", [5, 70_000])
def test_the_instructions_for_arm64(length: int) -> None:
    message = (b"0123456789" * 7000)[:length]
    program = elf.prints("arm64", message)
    assert struct.unpack_from("<H", program, 18) == (183,)
    machine = Arm(program, 4096 if length > 5 else 2)
    assert (machine.run(), machine.out) == (0, message)
    assert Arm(program, -32).run() == 1


def test_it_runs_on_an_emulated_arm64(tmp_path: Path) -> None:
    emulator = shutil.which("qemu-aarch64-static")
    if emulator is None:
        pytest.skip("needs qemu-aarch64-static; its instructions are followed by another test")
    message = b"tiny\n" * 30_000
    path = tmp_path / "p"
    path.write_bytes(elf.prints("arm64", message))
    path.chmod(0o755)
    done = subprocess.run([emulator, str(path)], env={}, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, message)


def test_other_machines_have_no_program() -> None:
    with pytest.raises(Unsupported):
        elf.prints("s390x", b"")
