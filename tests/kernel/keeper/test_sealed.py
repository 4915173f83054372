"""The daemon's containers cannot reach the host's interpreter (CVE-2019-5736), by the launcher's path."""

from __future__ import annotations

import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

EVIL = (
    "#!/proc/self/exe\n"
    "import os\n"
    "fd = os.open('/proc/self/exe', os.O_RDONLY)\n"
    "os.set_inheritable(fd, True)\n"
    "print('inside', flush=True)\n"
    "os.execv('/bin/sh', ['sh', '-c', f'echo owned > /proc/self/fd/{fd} && echo written'])\n"
)

LOOP = (
    "n=0; echo looping; while [ ! -e /tmp/stop ]; do for each in /proc/[0-9]*; do "
    "[ $each = /proc/1 ] || { ( printf owned > $each/exe ) 2>>/tmp/errors && echo written $each; n=$((n+1)); }; "
    "done; done; echo tries $n"
)


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An interpreter of the test's own, from which the launcher of ``house`` is started."""
    program = tmp_path / "usr" / "bin" / "python3"
    program.parent.mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), program)
    (tmp_path / "usr" / "lib").symlink_to("/usr/lib")
    monkeypatch.setattr(sys, "executable", str(program))
    return program


def wait_for(path: Path, text: str) -> None:
    end = time.monotonic() + 20
    while not (path.exists() and text in path.read_text()):
        assert time.monotonic() < end, path.read_text() if path.exists() else "no log"
        time.sleep(0.02)


def test_the_launcher_runs_from_a_program_file_that_nobody_can_write(python: Path, house: Any) -> None:
    # Opening it for writing would say "text file busy" either way while it runs: what matters is the mount below it.
    assert os.statvfs(f"/proc/{house.pid}/exe").f_flag & os.ST_RDONLY
    assert not os.statvfs(python).f_flag & os.ST_RDONLY
    # One copy in memory: it is the same file, so that its pages are shared with every other interpreter.
    assert os.stat(f"/proc/{house.pid}/exe").st_ino == python.stat().st_ino


@pytest.mark.parametrize("pooled", [True, False])
def test_an_entrypoint_that_is_the_interpreter_itself(python: Path, house: Any, pooled: bool) -> None:
    before = python.read_bytes()
    (house.root / "evil").write_text(EVIL)
    (house.root / "evil").chmod(0o755)
    for name in ("lib", "lib64", "usr/lib"):
        if Path("/" + name).exists():
            house.mounts.append({"destination": "/" + name, "type": "bind", "source": "/" + name,
                                 "options": ["rbind", "ro"]})  # fmt: skip
    house.env.append("PYTHONHOME=/usr")
    identity = house.park(1)[0] if pooled else ""
    keeper = house.run("/evil", identity=identity)
    keeper.event("exit")
    log = keeper.log()
    assert "inside" in log
    assert "written" not in log
    assert "ead-only file system" in log
    assert python.read_bytes() == before


def test_a_loop_that_opens_the_program_of_every_new_process_for_writing(python: Path, house: Any) -> None:
    """A container that sees the processes of others races with their init, from clone to execve."""
    before = python.read_bytes()
    house.namespaces.remove("pid")
    watcher = house.run("sh", "-c", LOOP)
    wait_for(watcher.bundle / "log", "looping")
    for _ in range(10):
        other = house.run("true")
        other.event("exit")
        other.release()
    (house.root / "tmp" / "stop").touch()
    watcher.event("exit")
    log = watcher.log()
    assert "tries 0" not in log
    assert "written" not in log
    assert python.read_bytes() == before
