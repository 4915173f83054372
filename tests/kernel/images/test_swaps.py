"""A container that swaps its files while they are copied reaches nothing of the host (CVE-2018-15664).

Another process exchanges a folder and a link to the host's folder, without a pause, as a hostile process would.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hutch.engine import archive
from hutch.engine.view import View
from hutch.images.tar.extract import Manner
from hutch.model.errors import HutchError
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, HARDLINK, REGULAR, Entry
from hutch.model.tar.reader import Reader

pytestmark = [pytest.mark.kernel, pytest.mark.hostile]
ROUNDS = 4000
SWAP = """
import ast, ctypes, os, sys
exchange = ctypes.CDLL(None).renameat2
triples = ast.literal_eval(sys.argv[1])
print("begun", flush=True)
gone = 0
while True:
    for one, other, target in triples:
        for _ in range(20):
            exchange(-100, one, -100, other, 2)
        if not os.path.islink(one) and not os.path.islink(other):  # the copy has replaced the link
            gone += 1
            try:
                os.rename(other, b"%s.%d" % (triples[0][0] + b"-gone", gone))
            except FileNotFoundError:
                pass
            os.symlink(target, other)
"""
SECRET = b"a secret of the host"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    made = tmp_path / "host"
    made.mkdir()
    (made / "f").write_bytes(SECRET)
    (made / "d").mkdir()
    return made


@pytest.fixture
def swapped(tmp_path: Path, host: Path) -> Iterator[View]:
    """A root in which ``/x`` is now a folder, now a link to the host's, and ``/x/f`` and ``/y/f`` likewise."""
    root = tmp_path / "root"
    (root / "x/d").mkdir(parents=True)
    (root / "y").mkdir()
    for name in ("x/f", "y/f"):
        (root / name).write_bytes(b"the container's")
    (root / "x2").symlink_to(host)
    (root / "y/f2").symlink_to(host / "f")
    (root / "y/d").mkdir()
    (root / "y/d2").symlink_to(host)
    links = ("x", host), ("y/f", host / "f"), ("y/d", host)
    pairs = [(bytes(root / name), bytes(root / f"{name}2"), bytes(target)) for name, target in links]
    swapper = subprocess.Popen([sys.executable, "-I", "-c", SWAP, repr(pairs)], stdout=subprocess.PIPE)
    assert swapper.stdout is not None and swapper.stdout.readline() == b"begun\n"
    with View(os.open(root, os.O_PATH | os.O_DIRECTORY), live=True) as view:
        yield view
    swapper.kill()
    swapper.communicate()


def test_out(swapped: View) -> None:
    seen = 0
    for number in range(ROUNDS):
        path = ("/", "/x", "/x/", "/y", "/y/f", "/x/f")[number % 6]
        own = View(os.dup(swapped.fd), live=True)
        with contextlib.suppress(HutchError, OSError):
            data = b"".join(archive.read(own, path, "c"))
            assert SECRET not in data
            seen += b"the container's" in data
    assert seen > ROUNDS / 20, "it was copied, too"


def hostile(mode: int) -> bytes:
    """Files, folders and links with another owner and mode than what is there."""
    file, folder, link = Entry(b"f", REGULAR, 0o4000 | mode), Entry(b"d/", FOLDER, 0o7000 | mode), Entry(b"h", HARDLINK)
    below = Entry(b"d/evil", REGULAR, mode)
    link.link = b"f"
    for entry in (file, folder, below):
        entry.uid = entry.gid = 4711 + mode
    return b"".join(write.head(entry) for entry in (folder, below, file, link)) + write.END


def test_into(swapped: View, host: Path) -> None:
    archives = [hostile(0o777), hostile(0o700)]
    before = [(path, path.stat()) for path in (host, host / "f", host / "d")]
    done = 0
    for number in range(ROUNDS):
        body = io.BytesIO(archives[number % 2])
        with contextlib.suppress(HutchError, OSError):
            archive.extract(swapped, ("/x", "/y", "/x/d/..")[number % 3], "c", body.read, Manner())
            done += 1
    assert done > ROUNDS / 20, "it was copied, too"
    assert sorted(os.listdir(host)) == ["d", "f"] and os.listdir(host / "d") == []
    assert (host / "f").read_bytes() == SECRET
    for path, status in before:
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_nlink) == (status.st_mode, status.st_uid, status.st_nlink), path


def test_the_reader_understands_what_was_read(swapped: View) -> None:
    with contextlib.suppress(HutchError, OSError):
        assert all(entry.name for entry in Reader(archive.read(View(os.dup(swapped.fd), live=True), "/y", "c")))
