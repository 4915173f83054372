"""What runc's users do with its command line, on real containers."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.kernel


def up(box: Any) -> None:
    box.create("sleep", "60")
    assert box.call("start", box.name).returncode == 0, box.output()


def folder_of(box: Any, controller: str) -> Path:
    """The container's folder in the hierarchy of a v1 controller, or in the unified one."""
    path = box.config["linux"]["cgroupsPath"].lstrip("/")
    v1 = Path("/sys/fs/cgroup") / controller
    return (v1 if v1.is_dir() else Path("/sys/fs/cgroup")) / path


def test_a_paused_container_is_resumed_by_a_kill_that_ends_it(box: Any) -> None:
    up(box)
    pid = box.state()["pid"]
    assert box.call("pause", box.name).returncode == 0
    assert box.call("kill", box.name, "KILL").returncode == 0
    assert subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], timeout=60, check=False).returncode == 0
    deleted = box.call("delete", box.name)
    assert deleted.returncode == 0, deleted.stderr


def test_a_created_container_can_be_paused(box: Any) -> None:
    box.create("true")
    assert box.call("pause", box.name).returncode == 0
    assert box.state()["status"] == "paused"
    assert "cannot start a container in the paused state" in box.call("start", box.name).stderr
    assert box.call("resume", box.name).returncode == 0
    assert box.state()["status"] == "created"
    assert box.call("start", box.name).returncode == 0


def test_exec_goes_into_a_cgroup_below_the_containers(box: Any) -> None:
    up(box)
    v1 = (Path("/sys/fs/cgroup") / "pids").is_dir()
    below = folder_of(box, "pids") / "below"
    below.mkdir()
    try:
        where = f"{'pids:' if v1 else ''}below"
        result = box.call("exec", "--cgroup", where, box.name, "cat", "/proc/self/cgroup")
        line = next(each for each in result.stdout.splitlines() if not v1 or ":pids:" in each)
        assert line.endswith("/below"), result.stdout + result.stderr
        assert box.call("exec", "--cgroup", "../x", box.name, "true").returncode == 255
    finally:
        below.rmdir()


def test_an_entry_of_the_environment_takes_the_place_of_the_configs(box: Any) -> None:
    up(box)
    result = box.call("exec", "-e", "PATH=/bin", "-e", "A=1", "-e", "A=2", box.name, "env")
    assert sorted(result.stdout.split()) == ["A=2", "HOME=/root", "PATH=/bin"], result.stderr


def test_the_home_folder_is_the_users(box: Any) -> None:
    up(box)
    assert "HOME=/home/alice\n" in box.call("exec", "-u", "1000", box.name, "env").stdout
    assert "HOME=/\n" in box.call("exec", "-u", "4321", box.name, "env").stdout


def test_a_pid_file_that_cannot_be_written_leaves_no_container(box: Any) -> None:
    box.write("sleep", "60")
    bundle = str(box.folder / "bundle")
    for verb in (["create"], ["run", "-d"]):
        with (box.folder / "said").open("w+") as said:
            command = [*box.runtime, "--root", str(box.folder / "state"), *verb, "--pid-file", "/nowhere/pid"]
            done = subprocess.run([*command, "-b", bundle, box.name], stdin=subprocess.DEVNULL, stdout=said,
                                  stderr=said, timeout=60, check=False)  # fmt: skip
            said.seek(0)
            assert (done.returncode, "open /nowhere/.pid: no such file or directory" in said.read()) == (1, True)
        assert box.call("list", "-q").stdout == ""


def test_figures_have_runcs_shape(box: Any) -> None:
    up(box)
    data = json.loads(box.call("events", "--stats", box.name).stdout)["data"]
    assert data["pids"] == {"current": 1, "limit": 200}
    assert data["memory"]["usage"]["usage"] > 0
    assert data["cpu"]["usage"]["total"] > 0
    assert {"cpuset", "blkio", "hugetlb", "intel_rdt", "network_interfaces"} <= data.keys()


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_a_user_who_is_not_root_runs_a_container(box: Any) -> None:
    bundle = box.folder / "bundle"
    for folder in (box.folder, *box.folder.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    shutil.rmtree(box.folder / "state", ignore_errors=True)
    program = box.folder / "program"  # the checkout may lie where only root gets
    for name in ("bin", "src"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(box.runtime[0]).parents[1] / name, program / name, ignore=ignore)
    subprocess.run(["chown", "-R", "1000:1000", str(box.folder)], check=True)
    runtime = str(program / "bin" / "hutch-runtime")
    user = ["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", runtime]
    subprocess.run([*user, "spec", "--rootless", "-b", str(bundle)], check=True)
    config = json.loads((bundle / "config.json").read_text())
    config["process"].update(terminal=False, args=["sh", "-c", "id -u; cat /proc/self/uid_map; sleep 60"])
    (bundle / "config.json").write_text(json.dumps(config))

    def call(*words: str) -> subprocess.CompletedProcess[str]:
        with (box.folder / "said").open("w+") as said:
            command = [*user, "--root", str(box.folder / "state"), *words]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60, check=False)
            said.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, said.read())

    try:
        made = call("run", "-d", "-b", str(bundle), box.name)
        assert made.returncode == 0, made.stdout
        assert call("exec", box.name, "sh", "-c", "id -u; cat /proc/self/uid_map").stdout.split() == [
            "0",
            "0",
            "1000",
            "1",
        ]
        assert '"running"' in call("state", box.name).stdout
        assert len(json.loads(call("ps", "-f", "json", box.name).stdout)) >= 1
    finally:
        gone = call("delete", "--force", box.name)
    assert gone.returncode == 0, gone.stdout


def test_hooks_get_the_state_of_the_specification(box: Any) -> None:
    kinds = ("createRuntime", "createContainer", "poststart", "poststop")
    for kind in kinds:
        script = f"cat > {box.folder}/{kind}"
        (box.config.setdefault("hooks", {}))[kind] = [{"path": "/bin/sh", "args": ["sh", "-c", script]}]
    box.config["hooks"]["startContainer"] = [
        {"path": "/bin/sh", "args": ["sh", "-c", "cat > /said"], "env": ["PATH=/bin"]}
    ]
    box.config["annotations"] = {"a": "b"}
    assert box.run("true").returncode == 0
    states = {kind: json.loads((box.folder / kind).read_text()) for kind in kinds}
    states["startContainer"] = json.loads((box.rootfs / "said").read_text())
    for kind, status in (("createRuntime", "creating"), ("createContainer", "creating"), ("startContainer", "created")):
        assert states[kind].keys() == {"ociVersion", "id", "status", "pid", "bundle", "annotations"}
        assert (states[kind]["status"], states[kind]["id"]) == (status, box.name)
        assert states[kind]["pid"] == states["createRuntime"]["pid"] > 0
    assert states["poststop"]["status"] == "stopped"


def test_a_tmpfs_has_the_mode_of_the_folder_below_it(box: Any) -> None:
    (box.rootfs / "kept").mkdir(mode=0o750)
    box.config["mounts"] += [
        {"destination": "/kept", "type": "tmpfs", "source": "tmpfs"},
        {"destination": "/told", "type": "tmpfs", "source": "tmpfs", "options": ["mode=711"]},
        {"destination": "/new", "type": "tmpfs", "source": "tmpfs"},
    ]
    assert box.run("stat", "-c", "%a", "/kept", "/told", "/new").stdout.split() == ["750", "711", "1777"]


def test_an_idmapped_mount_takes_the_containers_own_maps(box: Any) -> None:
    source = box.folder / "source"
    source.mkdir()
    (source / "file").touch()
    maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    box.config["linux"]["namespaces"].append({"type": "user"})
    box.config["linux"].update(uidMappings=maps, gidMappings=maps)
    subprocess.run(["chown", "-R", "100000:100000", str(box.rootfs)], check=True)
    for folder in (box.folder, *box.folder.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o011)
    mount = {"destination": "/m", "type": "bind", "source": str(source), "options": ["bind", "idmap"]}
    box.config["mounts"].append(mount)
    result = box.run("stat", "-c", "%u:%g", "/m/file")
    tmpfs = subprocess.run(["stat", "-fc", "%T", str(source)], capture_output=True, text=True, check=True).stdout
    if "invalid argument" in result.stderr and tmpfs == "tmpfs\n":
        pytest.skip("Linux before 6.3, whose tmpfs cannot be idmapped")
    assert result.stdout == "0:0\n", result.stderr


def test_a_masked_passwd_is_no_reason_to_fail(box: Any) -> None:
    box.config["linux"]["maskedPaths"].append("/etc/passwd")
    assert "HOME=/\n" in box.run("env").stdout


def test_an_update_that_fails_halfway_is_taken_back(box: Any) -> None:
    up(box)
    result = box.call("update", "--pids-limit", "55", "--cpuset-cpus", "4000", box.name)
    assert result.returncode == 1
    assert json.loads(box.call("events", "--stats", box.name).stdout)["data"]["pids"]["limit"] == 200
