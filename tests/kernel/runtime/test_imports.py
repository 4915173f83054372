"""After the root has changed, nothing is imported: an import would run the container's files."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel

SOURCE = Path(__file__).resolve().parents[3] / "src"

# The runtime's own steps on a whole config, in a process of their own, up to the one before execve.
SCRIPT = """
import json, os, sys
sys.path.append(sys.argv[1])
from hutch.linux import namespaces, paths, process
from hutch.runtime import plan
from hutch.runtime.shape import Shape
from hutch.runtime.stages import parent
from hutch.runtime.step import Inside
config = json.load(open(sys.argv[2]))
config["root"]["path"] = sys.argv[3]
read, write = os.pipe()
before = set(sys.modules)
shape = Shape.of(config, "x")
flags = 0
for kind in shape.new:
    flags |= namespaces.FLAGS[kind] if kind != "cgroup" else 0
pid, _ = process.clone3(flags)
if pid == 0:
    inside = Inside(lambda *a: None, lambda: {})
    try:
        for step in plan.build(config, [], shape)[:-1]:
            step.execute(inside)
        text = " ".join(sorted(set(sys.modules) - before)) + "."
    except BaseException as err:
        text = repr(err)
    os.write(write, text.encode())
    os._exit(0)
os.close(write)
os.waitpid(pid, 0)
sys.stdout.write(os.read(read, 65536).decode())
"""


def whole(box: Any) -> None:
    """A config that uses nearly every kind of step."""
    shared = box.folder / "shared"
    shared.mkdir()
    box.config["process"].update(
        rlimits=[{"type": "RLIMIT_NOFILE", "soft": 64, "hard": 64}], noNewPrivileges=True, oomScoreAdj=100,
        ioPriority={"class": "IOPRIO_CLASS_BE", "priority": 5}, scheduler={"policy": "SCHED_OTHER", "nice": 1},
        user={"uid": 0, "gid": 0, "username": "alice", "groups": ["wheel"]},
    )  # fmt: skip
    box.config["root"]["readonly"] = True
    box.config["linux"].update(
        personality={"domain": "LINUX"}, sysctl={"net.ipv4.ip_forward": "1"}, rootfsPropagation="private"
    )
    (box.rootfs / "copied").mkdir()
    (box.rootfs / "copied" / "file").write_text("x")
    box.config["mounts"] += [
        {"destination": "/data", "type": "bind", "source": str(shared), "options": ["rbind", "rro"]},
        {"destination": "/copied", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "size=1m"]},
    ]


def test_no_module_is_loaded_by_a_step(box: Any) -> None:
    whole(box)
    box.write("true")
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(SOURCE), str(box.folder / "bundle" / "config.json")]
    result = subprocess.run([*command, str(box.rootfs)], capture_output=True, text=True, timeout=60, check=True)
    assert result.stdout == "."


@pytest.mark.parametrize("verb", ["run", "exec"])
def test_the_kernel_sees_no_file_of_the_interpreter_opened_in_the_container(box: Any, verb: str) -> None:
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    whole(box)
    trace = box.folder / "trace"
    strace = ["strace", "-f", "-o", str(trace), "-e", "trace=open,openat,openat2,pivot_root,chroot,execve"]
    if verb == "exec":
        box.create("sleep", "60")
        box.call("start", box.name)
        box.runtime = [*strace, *box.runtime]
        assert box.call("exec", box.name, "true").returncode == 0
    else:
        box.runtime = [*strace, *box.runtime]
        assert box.run("true").returncode == 0
    lines = trace.read_text().splitlines()
    turn = next(number for number, line in enumerate(lines) if "pivot_root(" in line or "chroot(" in line)
    end = next(number for number, line in enumerate(lines) if number > turn and "execve(" in line)
    # Of exec, the process that changes its root is the parent of the one that goes on inside.
    inside = {lines[turn].split()[0], lines[end].split()[0]}
    opened = [line for line in lines[turn:end] if line.split()[0] in inside]
    assert [line for line in opened if ".py" in line or ".so" in line] == []
    assert opened


def test_what_was_asked_for_is_in_force_too(box: Any) -> None:
    whole(box)
    script = "id; cat /copied/file; touch /x; touch /data/x; ulimit -n; cat /proc/sys/net/ipv4/ip_forward"
    out = box.run("sh", "-c", script)
    assert out.stdout.split() == ["uid=1000(alice)", "gid=1001(alice)", "groups=10(wheel),1001(alice)", "x64", "1"], out
    assert out.stderr.count("ead-only file system") == 2
