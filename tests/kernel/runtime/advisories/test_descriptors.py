"""What of the host's a container could still hold when it starts: descriptors, the program file, other processes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from suites.guards import IMPORTS_NOTHING, SEALED, Guard, guarded

pytestmark = pytest.mark.kernel

CLOSED_AT_ENTRY = Guard(
    "runtime/stages/init.py", "            process.close_from(last + 1, fd - 1)\n", "            pass\n"
)
CLOSED_AT_EXECVE = Guard("runtime/steps/execute.py", "        process.close_on_exec_from(3 + len(moved))\n", "")
INSIDE_ROOT = Guard("runtime/steps/execute.py", "        inside_root()\n", "")
MADE_IN_ROOT = Guard(
    "runtime/steps/execute.py", "            os.close(inside.root.mkdirs(self.path))\n", "            pass\n"
)


LOADS = re.compile(r'(\.py|\.pyc|\.so[.\d]*|/encodings|/lib/python[^"]*|nsswitch\.conf)"')
"""A system call that opens what an interpreter or the C library loads."""


@pytest.fixture
def leaked() -> Any:
    """The root of the host, open in the runtime's caller and handed down."""
    fd = os.open("/", os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


@guarded(CLOSED_AT_ENTRY, CLOSED_AT_EXECVE)
def test_only_standard_streams_are_open_cve_2024_21626(box: Any, leaked: int) -> None:
    """The allow-list is 0, 1 and 2; the listing's own descriptor is the fourth."""
    assert box.run("ls", "/proc/self/fd", pass_fds=(leaked,)).stdout.split() == ["0", "1", "2", "3"]
    box.create("sleep", "60")
    box.call("start", box.name, pass_fds=(leaked,))
    assert sorted(os.listdir(f"/proc/{box.state()['pid']}/fd")) == ["0", "1", "2"]
    listed = box.call("exec", box.name, "ls", "/proc/self/fd", pass_fds=(leaked,)).stdout
    assert listed.split() == ["0", "1", "2", "3"]


@guarded(CLOSED_AT_ENTRY, INSIDE_ROOT, MADE_IN_ROOT)
def test_no_working_directory_through_a_descriptor_cve_2024_21626(box: Any, leaked: int) -> None:
    host = Path("/etc/passwd").read_text()
    for number in (leaked, *range(3, 12), 100, 1000, 1023):
        box.config["process"]["cwd"] = f"/proc/self/fd/{number}"
        result = box.run("cat", "etc/passwd", pass_fds=(leaked,))
        assert host not in result.stdout, number
        assert "root:x:0:0::/root:/bin/sh" in result.stdout if result.returncode == 0 else result.stderr


@guarded(CLOSED_AT_ENTRY, INSIDE_ROOT)
def test_no_working_directory_of_exec_through_a_descriptor_cve_2024_21626(box: Any, leaked: int) -> None:
    host = Path("/etc/passwd").read_text()
    box.create("sleep", "60")
    box.call("start", box.name)
    for number in (leaked, *range(3, 12), 1023):
        where = f"/proc/self/fd/{number}"
        result = box.call("exec", "--cwd", where, box.name, "cat", "etc/passwd", pass_fds=(leaked,))
        assert host not in result.stdout, number


@guarded(SEALED)
def test_the_interpreter_cannot_be_overwritten_cve_2019_5736(box: Any, tmp_path: Path) -> None:
    """An entrypoint that makes the kernel run the runtime's interpreter again, inside, and reopens it for writing."""
    python = tmp_path / "usr" / "bin" / "python3"
    python.parent.mkdir(parents=True)
    shutil.copy(os.path.realpath(sys.executable), python)
    before = python.read_bytes()
    script = (
        "#!/proc/self/exe\n"
        "import os\n"
        "fd = os.open('/proc/self/exe', os.O_RDONLY)\n"
        "os.set_inheritable(fd, True)\n"
        "print('inside', flush=True)\n"
        "os.execv('/bin/sh', ['sh', '-c', f'echo owned > /proc/self/fd/{fd} && echo written'])\n"
    )
    (box.rootfs / "evil").write_text(script)
    (box.rootfs / "evil").chmod(0o755)
    for name in ("lib", "lib64", "usr/lib"):
        if Path("/" + name).exists():
            mount = {"destination": "/" + name, "type": "bind", "source": "/" + name, "options": ["rbind", "ro"]}
            box.config["mounts"].append(mount)
    box.config["process"]["env"].append("PYTHONHOME=/usr")
    box.write("/evil")
    command = [python, "-I", "-S", *box.runtime, "--root", str(box.folder / "state"), "run"]
    command += ["-b", str(box.folder / "bundle"), box.name]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "inside" in result.stdout, result.stderr
    assert "written" not in result.stdout
    assert "ead-only file system" in result.stderr
    assert python.read_bytes() == before


def traced(box: Any, tmp_path: Path, calls: str, *args: str) -> dict[int, list[str]]:
    """The system calls named ``calls`` by process, of a verb of the runtime."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    log = tmp_path / "trace"
    plain = box.runtime
    box.runtime = ["strace", "-f", "-qq", "-s", "200", "-o", str(log), "-e", f"trace={calls}", *plain]
    try:
        result = box.call(*args)
    finally:
        box.runtime = plain
    assert result.returncode == 0, result.stderr
    found: dict[int, list[str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        pid, _, call = line.partition(" ")
        found.setdefault(int(pid), []).append(call.strip())
    return found


@guarded(
    Guard(
        "runtime/stages/joining.py",
        "    process.set_dumpable(False)  # the child too: the container sees it from its first moment on\n",
        "",
    )
)
def test_who_joins_a_container_is_closed_to_it_first_cve_2016_9962(box: Any, tmp_path: Path) -> None:
    """Not dumpable before the first namespace is joined: neither ptrace nor /proc/PID/fd from inside."""
    box.create("sleep", "60")
    box.call("start", box.name)
    joined = 0
    for calls in traced(box, tmp_path, "setns,prctl", "exec", box.name, "true").values():
        kinds = [c for c in calls if c.startswith("setns(") or "PR_SET_DUMPABLE" in c]
        # What this one clones is born as closed as it is, and only has the cgroup namespace left to join.
        if any(c.startswith("setns(") and ", CLONE_NEWCGROUP)" not in c for c in kinds):
            joined += 1
            assert "PR_SET_DUMPABLE, SUID_DUMP_DISABLE" in kinds[0], kinds
    assert joined


@guarded(IMPORTS_NOTHING)
def test_nothing_is_imported_after_the_root_has_changed(box: Any, tmp_path: Path) -> None:
    """A module loaded then would be the image's, run as the host's root (CVE-2019-14271's shape)."""
    box.write("true")
    command = ("run", "-b", str(box.folder / "bundle"), box.name)
    pivoted = 0
    for calls in traced(box, tmp_path, "open,openat,pivot_root,execve", *command).values():
        at = next((n for n, call in enumerate(calls) if call.startswith("pivot_root(")), None)
        if at is None:
            continue
        pivoted += 1
        for call in calls[at:]:
            if call.startswith("execve("):
                break
            assert not LOADS.search(call), call
    assert pivoted == 1


@guarded(
    Guard(
        "runtime/stages/init.py",
        '        for step in plan.join_steps({"linux": linux}, joined.wanted, joined.preserve):\n',
        "        try:\n            import fractions  # noqa\n"
        "        except ImportError:\n            pass\n"
        '        for step in plan.join_steps({"linux": linux}, joined.wanted, joined.preserve):\n',
    )
)
def test_nothing_is_imported_by_who_has_joined_a_container(box: Any, tmp_path: Path) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    entered = 0
    found = traced(box, tmp_path, "open,openat,setns,execve", "exec", box.name, "true")
    for calls in found.values():
        at = next((n for n, call in enumerate(calls) if call.startswith("setns(")), None)
        if at is None:
            continue
        entered += 1
        for call in calls[at:]:
            if call.startswith("execve("):
                break
            assert not LOADS.search(call), call
    assert entered
