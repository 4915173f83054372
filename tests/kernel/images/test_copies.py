"""What a copy into or out of a container may reach, each with the guard that sees to it (``cp``, both of its sides).

``root`` is the container's, made by somebody hostile: links out of it, and programs, libraries and modules at every
place where a careless engine would look for its own. ``host`` stands for the files of the machine.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import zstandard

from hutch.cli.copying.unpacking import Unpacker
from hutch.cli.errors import CommandError
from hutch.engine import archive
from hutch.engine.view import View
from hutch.images.tar.extract import Manner
from hutch.model.errors import HutchError
from hutch.model.tar import write
from hutch.model.tar.header import FOLDER, HARDLINK, REGULAR, SYMLINK, Entry
from suites.guards import Guard, guarded

pytestmark = [pytest.mark.kernel, pytest.mark.hostile]
SECRET = b"a secret of the host"
SRC = Path(archive.__file__).parents[2]

FOUND_IN_ROOT = Guard(
    "engine/archive.py",
    "        return view.resolve(path, follow=False)\n",
    "        return os.open(path.lstrip('/'), os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=view.fd)\n",
)
"""The path that is copied out is resolved by openat2(2) inside the container's root."""
OPENED_IN_ROOT = Guard(
    "engine/archive.py",
    "        folder = view.open(path, os.O_RDONLY | os.O_DIRECTORY)\n",
    "        folder = os.open(path.lstrip('/'), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=view.fd)\n",
)
"""And so is the folder that is copied into."""
UNPACKED_STEP_BY_STEP = Guard(
    "images/tar/extract.py",
    "_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC\n",
    "_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC\n",
)
PACKED_AS_IT_IS = Guard(
    "images/tar/tree.py",
    "_NODE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC\n",
    "_NODE = os.O_PATH | os.O_CLOEXEC\n",
)
CLIENT_FOLDERS = Guard(
    "cli/copying/unpacking.py",
    "_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC\n",
    "_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC\n",
)
CLIENT_FILES = Guard(
    "cli/copying/unpacking.py",
    "_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC\n",
    "_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC\n",
)
CLIENT_HARD_LINKS = Guard(
    "cli/copying/unpacking.py",
    "            os.link(last, name, src_dir_fd=self._folder(above), dst_dir_fd=held, follow_symlinks=False)\n",
    "            os.link(last, name, src_dir_fd=self._folder(above), dst_dir_fd=held)\n",
)
STAYS_OUTSIDE = Guard(
    "engine/archive.py",
    "    try:\n        folder = view.open(path, os.O_RDONLY | os.O_DIRECTORY)\n",
    "    os.fchdir(os.open('.', os.O_RDONLY | os.O_DIRECTORY, dir_fd=view.fd))\n    os.chroot('.')\n"
    "    import fractions  # noqa\n"
    "    try:\n        folder = view.open(path, os.O_RDONLY | os.O_DIRECTORY)\n",
)
"""Not a line but the absence of one: no root is changed for a copy, so that whatever is loaded is the host's."""
OWN_DECOMPRESSION = Guard(
    "images/compression.py",
    "    kind = detect(head)\n    taken",
    "    kind = detect(head)\n    if kind:\n"
    "        import subprocess\n        subprocess.run([kind, '-h'], check=False)\n    taken",
)
"""Not a line but the absence of one: no program is started to decompress."""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """Files that nobody may read or change, in a folder that nothing may be added to."""
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / "f").write_bytes(SECRET)
    return folder


@pytest.fixture
def root(tmp_path: Path, host: Path) -> Path:
    """A container's, with links to the host's files."""
    made = tmp_path / "root"
    (made / "y").mkdir(parents=True)
    (made / "y/own").write_bytes(b"the container's")
    (made / "folder").symlink_to(host)
    (made / "y/file").symlink_to(host / "f")
    (made / "up").symlink_to("../host")
    return made


def view(root: Path) -> View:
    return View(os.open(root, os.O_PATH | os.O_DIRECTORY), live=True)


def untouched(host: Path) -> bool:
    status = (host / "f").stat()
    return os.listdir(host) == ["f"] and (host / "f").read_bytes() == SECRET and status.st_nlink == 1


def tar(*rows: tuple[str, bytes, str, bytes]) -> bytes:
    """An archive of (name, kind, link, content)."""
    parts = []
    for name, kind, link, content in rows:
        entry = Entry(name.encode(), kind, 0o777, len(content))
        entry.link = link.encode()
        parts.append(write.head(entry) + content + bytes(-len(content) % 512))
    return b"".join(parts) + write.END


@pytest.mark.parametrize("path", ["/folder/f", "/folder/", "/folder/.", "/y/../up/f", "/up/"])
@guarded(FOUND_IN_ROOT)
def test_a_path_out_of_the_container_cve_2018_15664(root: Path, path: str) -> None:
    with contextlib.suppress(HutchError, OSError):
        assert SECRET not in b"".join(archive.read(view(root), path, "c"))


@guarded(PACKED_AS_IT_IS)
def test_links_in_a_folder_are_copied_as_links_cve_2018_15664(root: Path) -> None:
    data = b"".join(archive.read(view(root), "/y", "c"))
    assert SECRET not in data and b"the container's" in data


@pytest.mark.parametrize("path", ["/folder", "/up", "/folder/new/.."])
@guarded(OPENED_IN_ROOT)
def test_a_path_into_the_host_cve_2018_15664(root: Path, host: Path, path: str) -> None:
    body = io.BytesIO(tar(("f", REGULAR, "", b"evil"), ("more", REGULAR, "", b"evil")))
    with view(root) as seen, contextlib.suppress(HutchError, OSError):
        archive.extract(seen, path, "c", body.read, Manner())
    assert untouched(host)


@guarded(UNPACKED_STEP_BY_STEP)
def test_names_in_the_archive_that_lead_through_links(root: Path, host: Path) -> None:
    rows = [("folder/f", REGULAR, "", b"evil"), ("up/more", REGULAR, "", b"evil"), ("y/file", REGULAR, "", b"evil")]
    for row in rows:
        with view(root) as seen, contextlib.suppress(HutchError, OSError):
            archive.extract(seen, "/", "c", io.BytesIO(tar(row)).read, Manner())
    assert untouched(host)
    assert (root / "y/file").read_bytes() == b"evil" and not (root / "y/file").is_symlink()


def received(folder: Path, *rows: tuple[str, bytes, str, bytes]) -> None:
    """The command unpacks what a container has sent."""
    folder.mkdir()
    with contextlib.suppress(HutchError, CommandError):
        Unpacker(str(folder), lambda name: name).run([tar(*rows)])


@guarded(CLIENT_FOLDERS)
def test_the_command_follows_no_folder_of_the_archive(tmp_path: Path, host: Path) -> None:
    received(tmp_path / "one", ("l", SYMLINK, str(host), b""), ("l/evil", REGULAR, "", b"evil"))
    received(tmp_path / "two", ("l", SYMLINK, "../host", b""), ("l/d/", FOLDER, "", b""))
    assert untouched(host)


@guarded(CLIENT_FILES)
def test_the_command_writes_through_no_link(tmp_path: Path, host: Path) -> None:
    received(tmp_path / "one", ("l", SYMLINK, str(host / "f"), b""), ("l", REGULAR, "", b"evil"))
    received(tmp_path / "two", ("l", SYMLINK, "../host/new", b""), ("l", REGULAR, "", b"evil"))
    assert untouched(host) and (tmp_path / "one/l").read_bytes() == b"evil"


@guarded(CLIENT_HARD_LINKS)
def test_the_command_makes_no_hard_link_through_a_link(tmp_path: Path, host: Path) -> None:
    received(
        tmp_path / "one", ("l", SYMLINK, str(host / "f"), b""), ("h", HARDLINK, "l", b""), ("h", REGULAR, "", b"evil")
    )
    received(tmp_path / "two", ("l", SYMLINK, "../host/f", b""), ("h", HARDLINK, "l", b""))
    assert untouched(host)


COPY = """
import io, os, sys
from hutch.engine import archive
from hutch.engine.view import View
from hutch.images.tar.extract import Manner
from hutch.runtime import users
root = sys.argv[1]
for name in sys.argv[2:]:
    data = open(name, "rb").read()
    with View(os.open(root, os.O_PATH | os.O_DIRECTORY), live=False) as seen:
        users.resolve_user(seen.fd, "planted")
        archive.extract(seen, "/", "c", io.BytesIO(data).read, Manner())
view = View(os.open(root, os.O_PATH | os.O_DIRECTORY), live=False)
print(b"the container's" in b"".join(archive.read(view, "/y", "c")))
"""
PACKERS = {
    "plain": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}  # fmt: skip
PROGRAMS = ("gzip", "gunzip", "unpigz", "pigz", "bzip2", "bunzip2", "xz", "unxz", "zstd", "unzstd", "tar", "sh")


def booby_trap(root: Path) -> None:
    """Programs and modules that tell of being run; libraries that cannot be loaded."""
    (root / "tmp").mkdir()
    for folder in ("bin", "usr/bin"):
        (root / folder).mkdir(parents=True)
        for name in PROGRAMS:
            (root / folder / name).write_text(f"#!/bin/sh\n: > {root}/sprung\n")
            (root / folder / name).chmod(0o755)
    standard = root / sysconfig.get_path("stdlib").lstrip("/")
    (standard / "encodings").mkdir(parents=True)
    for name in ("fractions.py", "pwd.py", "grp.py", "encodings/idna.py", "encodings/__init__.py"):
        (standard / name).write_text("open('/sprung', 'w').close()\n")
    for name in ("libnss_files.so.2", "libnss_compat.so.2", "libz.so.1", "liblzma.so.5", "libc.so.6"):
        for folder in ("lib", "usr/lib", "lib/x86_64-linux-gnu", "lib64"):
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / name).write_bytes(b"\x7fELF none")
    (root / "etc").mkdir()
    (root / "etc/nsswitch.conf").write_text("passwd: files\ngroup: files\n")
    (root / "etc/passwd").write_text("planted:x:1234:1234::/:/bin/sh\n")


def copied(root: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    """A copy of every form of archive into the root and one out of it, where names of programs are looked up in the
    container first."""
    booby_trap(root)
    names = []
    for kind, pack in PACKERS.items():
        (tmp_path / kind).write_bytes(pack(tar((f"by-{kind}", REGULAR, "", kind.encode()))))
        names.append(str(tmp_path / kind))
    env = {"PYTHONPATH": str(SRC), "PATH": f"{root}/usr/bin:{root}/bin", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", COPY, str(root), *names]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=60)


@guarded(STAYS_OUTSIDE)
def test_nothing_of_the_container_is_loaded_cve_2019_14271(root: Path, tmp_path: Path) -> None:
    done = copied(root, tmp_path)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert not (root / "sprung").exists()


@guarded(OWN_DECOMPRESSION)
def test_nothing_of_the_container_decompresses_cve_2026_41567(root: Path, tmp_path: Path) -> None:
    done = copied(root, tmp_path)
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert not (root / "sprung").exists()
    assert {kind: (root / f"by-{kind}").read_text() for kind in PACKERS} == {kind: kind for kind in PACKERS}
