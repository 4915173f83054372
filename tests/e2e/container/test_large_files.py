"""Large files pass through the daemon in pieces: its memory does not grow with them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.client import Client

SIZE = 400 << 20
BOUND = 60 << 10
"""Kilobytes that the daemon's peak may grow; a copy in memory would be seven times as much."""


def peak(pid: int) -> int:
    """VmHWM in kilobytes (proc_pid_status(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError(f"process {pid} has no VmHWM")


def test_memory(cli: Client, tmp_path: Path) -> None:
    if cli.tool != "hutch":
        pytest.skip("the daemon does the same for every command")
    name, pid = cli.name(), cli.engine.anchor()
    cli("run", "-d", "--name", name, "--network", "none", cli.engine.image, "sleep", "1000").ok()
    before = peak(pid)
    with (tmp_path / "big").open("wb") as file:
        file.truncate(SIZE)
    cli("cp", str(tmp_path / "big"), f"{name}:/big").ok()
    cli("cp", f"{name}:/big", str(tmp_path / "back")).ok()
    assert (tmp_path / "back").stat().st_size == SIZE
    (tmp_path / "back").unlink()
    cli("export", "-o", str(tmp_path / "all.tar"), name).ok()
    assert (tmp_path / "all.tar").stat().st_size > SIZE
    made = cli("commit", name).ok()
    assert peak(pid) - before < BOUND
    assert not [entry for entry in os.listdir(tmp_path) if "part" in entry]
    cli.engine.api("DELETE", f"/images/{made}?force=1")
