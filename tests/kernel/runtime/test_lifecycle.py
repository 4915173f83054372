"""The verbs of the standalone runtime on real containers."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel


def until(condition: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_run_gives_output_and_exit_code(box: Any) -> None:
    result = box.run("sh", "-c", "hostname; exit 7")
    assert (result.stdout, result.returncode) == ("box\n", 7)
    assert not (box.folder / "state" / box.name).exists()


def test_a_created_container_waits_for_start(box: Any) -> None:
    assert box.create("sh", "-c", "echo started; sleep 60").returncode == 0
    assert box.state()["status"] == "created"
    assert box.output() == ""
    assert box.call("start", box.name).returncode == 0
    assert until(lambda: box.output() == "started\n")
    assert box.state()["status"] == "running"
    assert "already running" in box.call("start", box.name).stderr


def test_pause_resume_exec_kill_delete(box: Any) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    assert box.call("exec", box.name, "sh", "-c", "echo $PPID; exit 3").returncode == 3
    box.call("pause", box.name)
    assert box.state()["status"] == "paused"
    assert "paused" in box.call("exec", box.name, "true").stderr
    box.call("resume", box.name)
    assert "not stopped: running" in box.call("delete", box.name).stderr
    assert box.call("kill", box.name, "KILL").returncode == 0
    assert until(lambda: box.state()["status"] == "stopped")
    assert "container not running" in box.call("kill", box.name).stderr
    assert box.call("delete", box.name).returncode == 0
    assert "does not exist" in box.call("state", box.name).stderr


def test_exec_shares_namespaces_and_cgroup(box: Any) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    pid = box.state()["pid"]
    inside = box.call(
        "exec", box.name, "sh", "-c", "for n in mnt pid net ipc uts cgroup; do ls -l /proc/self/ns/$n; done"
    )
    for kind in ("mnt", "pid", "net", "ipc", "uts", "cgroup"):
        assert Path(f"/proc/{pid}/ns/{kind}").readlink().as_posix() in inside.stdout
    assert box.call("exec", box.name, "cat", "/proc/self/cgroup").stdout.count(":/\n") >= 1


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("nope", 'exec: "nope": executable file not found in $PATH'),
        ("/nope", 'exec: "/nope": stat /nope: no such file or directory'),
        ("/etc", 'exec: "/etc": is a directory'),
        ("/etc/passwd", 'exec: "/etc/passwd": permission denied'),
    ],
)
def test_programs_that_cannot_run_say_why(box: Any, program: str, text: str) -> None:
    result = box.run(program)
    assert text in result.stderr
    assert result.returncode == 1
    assert "error during container init: " in result.stderr
    assert not (box.folder / "state" / box.name).exists()


@pytest.mark.parametrize(
    ("content", "reason"), [("#!/no/such\n", "no such file or directory"), ("text", "exec format error")]
)
def test_a_program_that_the_kernel_does_not_take_has_begun_and_ends_with_255(
    box: Any, content: str, reason: str
) -> None:
    (box.rootfs / "program").write_text(content)
    (box.rootfs / "program").chmod(0o755)
    done = box.run("/program")
    assert (done.stderr, done.returncode) == (f"exec /program: {reason}\n", 255)
    box.create("sleep", "60")
    box.call("start", box.name)
    done = box.call("exec", box.name, "/program")
    assert (done.stderr, done.returncode) == (f"exec /program: {reason}\n", 255)


def test_the_log_file_gets_errors_as_json(box: Any, tmp_path: Path) -> None:
    box.write("nope")
    log = tmp_path / "log.json"
    box.runtime += ["--log", str(log), "--log-format", "json"]
    box.call("create", "-b", str(box.folder / "bundle"), box.name)
    entry = json.loads(log.read_text().splitlines()[-1])
    assert entry["level"] == "error"
    assert "executable file not found" in entry["msg"]


def test_hooks_run_in_order_with_the_state(box: Any, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    kinds = ("prestart", "createRuntime", "createContainer", "poststart", "poststop")
    box.config["hooks"] = {
        kind: [{"path": "/bin/sh", "args": ["sh", "-c", f"echo {kind} >> {trace}; cat > {trace}.{kind}"]}]
        for kind in kinds
    }
    assert box.run("true").returncode == 0
    assert trace.read_text().split() == list(kinds)
    assert json.loads(Path(f"{trace}.createRuntime").read_text())["id"] == box.name
    assert json.loads(Path(f"{trace}.poststop").read_text())["status"] == "stopped"


def test_a_failing_hook_fails_the_creation_and_leaves_nothing(box: Any) -> None:
    box.config["hooks"] = {"createRuntime": [{"path": "/bin/sh", "args": ["sh", "-c", "exit 5"]}]}
    result = box.run("true")
    assert "error running createRuntime hook #0: exit status 5" in result.stderr
    assert not (box.folder / "state" / box.name).exists()


def test_a_hook_that_hangs_is_ended(box: Any) -> None:
    box.config["hooks"] = {"createRuntime": [{"path": "/bin/sleep", "args": ["sleep", "60"], "timeout": 1}]}
    assert "hook ran past specified timeout of 1.0s" in box.run("true").stderr


def test_update_changes_the_limit(box: Any) -> None:
    box.create("sleep", "60")
    box.call("start", box.name)
    assert box.call("update", "--pids-limit", "33", box.name).returncode == 0
    data = json.loads(box.call("events", "--stats", box.name).stdout)["data"]
    assert data["pids"]["limit"] == 33


def test_a_config_of_many_kilobytes_arrives_whole(box: Any) -> None:
    box.config["process"]["env"] += [f"V{i}={'x' * 100}" for i in range(3000)]
    result = box.run("sh", "-c", "env | grep -c ^V")
    assert result.stdout == "3000\n"
