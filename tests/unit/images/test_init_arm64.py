"""The rows of the init program for AArch64: an assembler makes its bytes from its words."""

import shutil
import subprocess
from pathlib import Path

import pytest

from hutch.images import init_arm64, init_program


def test_the_bytes_are_what_the_words_say(tmp_path: Path) -> None:
    assembler, copier = shutil.which("aarch64-linux-gnu-as"), shutil.which("aarch64-linux-gnu-objcopy")
    if assembler is None or copier is None:
        pytest.skip("needs binutils for AArch64")
    source, built, plain = tmp_path / "init.s", tmp_path / "init.o", tmp_path / "init.bin"
    lines = [".text", *(words for _, words in init_arm64.ROWS)]
    lines += [f'{name}: .asciz "{text.decode()}"'.replace("\n", "\\n") for name, text in init_program.TEXTS]
    source.write_text("\n".join(lines) + "\n")
    subprocess.run([assembler, "-o", built, source], check=True)
    subprocess.run([copier, "-O", "binary", "-j", ".text", built, plain], check=True)
    assert init_program.create("arm64").endswith(plain.read_bytes())
    assert len(init_program.create("arm64")) == 64 + 56 + plain.stat().st_size
