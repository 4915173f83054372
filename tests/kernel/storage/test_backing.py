"""overlay2 on each file system that a data root may lie on: the whole of its exam there, in a process of its own.

The file system is in a file, mounted in a mount namespace that nobody else is in.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.kernel
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MAKE = {
    "ext4": ["/usr/sbin/mkfs.ext4", "-q", "-F"],
    "xfs": ["/usr/sbin/mkfs.xfs", "-q"],
    "btrfs": ["/usr/sbin/mkfs.btrfs", "-q"],
}
MOUNT = 'mount -t "$KIND" -o "$OPTIONS" "$DEVICE" "$AT"'


def exam(tmp_path: Path, kind: str, *, options: str = "", make: tuple[str, ...] = (), quota: bool = False) -> None:
    """Run the driver's tests on a new file system; skips when it cannot be had here."""
    image, at = tmp_path / "image", tmp_path / "at"
    at.mkdir()
    with image.open("xb") as file:
        file.truncate(1 << 30)
    if kind in MAKE:
        if not os.access(MAKE[kind][0], os.X_OK):
            pytest.skip(f"{MAKE[kind][0]} is not installed")
        subprocess.run([*MAKE[kind], *make, image], check=True, capture_output=True)
    device, loop = (str(image), "loop,") if kind in MAKE else ("none", "")
    environment = {
        **os.environ, "KIND": kind, "DEVICE": device, "AT": str(at), "OPTIONS": loop + (options or "rw"),
        "HUTCH_EXAM_BACKING": "extfs" if kind == "ext4" else kind, **({"HUTCH_EXAM_QUOTA": "1"} if quota else {}),
    }  # fmt: skip
    private = ["unshare", "--mount", "--propagation", "private", "sh", "-c"]
    mounted = subprocess.run([*private, MOUNT], env=environment, capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"this kernel does not mount {kind} with {options or 'nothing special'}: {mounted.stderr.strip()}")
    test = 'exec "$0" -m pytest --import-mode=importlib -q -p no:cacheprovider --basetemp="$AT/t" "$@"'
    tests = [str(HERE / name) for name in ("test_overlay2.py", *(["test_vfs.py"] if quota else []))]
    command = [*private, f"{MOUNT} && {test}", sys.executable, *tests]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs"])
def test_file_systems(tmp_path: Path, kind: str) -> None:
    exam(tmp_path, kind)


def test_ext4_with_project_quotas(tmp_path: Path) -> None:
    exam(tmp_path, "ext4", options="prjquota", make=("-O", "quota,project"), quota=True)


def test_xfs_with_project_quotas(tmp_path: Path) -> None:
    exam(tmp_path, "xfs", options="pquota", quota=True)
