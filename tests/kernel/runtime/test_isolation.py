"""What a container can see, do and reach; the attacks of advisories are in ``advisories/``."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hutch.runtime.step import StepFailed
from hutch.runtime.steps import execute

pytestmark = pytest.mark.kernel


def test_the_default_view(box: Any) -> None:
    out = box.run(
        "sh", "-c", "ls /dev; cat /proc/keys; echo x > /proc/sys/kernel/domainname; ip addr; ls /sys/firmware"
    ).stdout
    names = out.split()
    for name in ("null", "zero", "full", "random", "urandom", "tty", "pts", "shm", "mqueue", "fd", "ptmx"):
        assert name in names
    assert "127.0.0.1/8" in out


@pytest.mark.parametrize(
    "key", ["kernel.core_pattern", "vm.swappiness", "net/../kernel/core_pattern", "kernel.hostname"]
)
def test_sysctls_of_the_host_are_refused_cve_2022_0811(box: Any, key: str) -> None:
    box.config["linux"]["sysctl"] = {key: "1"}
    assert "sysctl" in box.run("true").stderr


def test_sysctls_of_the_host_are_refused_in_a_joined_namespace_that_is_the_hosts(box: Any) -> None:
    same = Path("/proc/sys/net/core/somaxconn").read_text().strip()
    spaces = box.config["linux"]["namespaces"]
    spaces[:] = [space for space in spaces if space["type"] != "network"]
    spaces.append({"type": "network", "path": f"/proc/{os.getpid()}/ns/net"})
    box.config["linux"]["sysctl"] = {"net.core.somaxconn": same}
    assert "not allowed in host network namespace" in box.run("true").stderr


def test_sysctls_of_own_namespaces_are_set(box: Any) -> None:
    box.config["linux"]["sysctl"] = {"net.ipv4.ip_forward": "1", "kernel.shmmni": "100"}
    result = box.run("cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/shmmni")
    assert result.stdout == "1\n100\n"


def test_user_by_name_with_its_groups_cve_2022_36109(box: Any) -> None:
    box.config["process"]["user"] = {"uid": 0, "gid": 0, "username": "alice"}
    out = box.run("sh", "-c", "id -u; id -g; id -G; echo $HOME").stdout.split()
    assert out[:2] == ["1000", "1001"]
    assert set(out[2:-1]) == {"1001", "10"}
    assert out[-1] == "/home/alice"
    assert box.run("sh", "-c", "echo reopened > /proc/self/fd/1").stdout == "reopened\n"


def test_groups_by_name_and_the_groups_of_root(box: Any) -> None:
    (box.rootfs / "etc" / "group").write_text("root:x:0:root\nbin:x:1:root\naudio:x:29:\n")
    box.config["process"]["user"] = {"uid": 0, "gid": 0, "username": "", "groups": ["audio", "77"]}
    assert box.run("id", "-G").stdout.split() == ["0", "1", "29", "77"]


def test_a_terminal_is_the_containers_own_cve_2025_52565(box: Any) -> None:
    box.config["process"]["terminal"] = True
    box.config["process"]["consoleSize"] = {"height": 30, "width": 90}
    out = box.run("sh", "-c", "tty; stty size; ls -l /dev/console").stdout
    assert "/dev/pts/0" in out
    assert "30 90" in out
    assert "136," in out


def test_read_only_root_and_recursive_read_only_bind(box: Any, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (box.rootfs / "mnt").mkdir()
    mount = {"destination": "/mnt", "type": "bind", "source": str(tmp_path / "share"), "options": ["rbind", "rro"]}
    box.config["mounts"].append(mount)
    box.config["root"]["readonly"] = True
    out = box.run(
        "sh", "-c", "touch /x || echo no-root; touch /mnt/x || echo no-bind; touch /dev/shm/x && echo shm"
    ).stdout
    assert out.split() == ["no-root", "no-bind", "shm"]


def test_tmpcopyup(box: Any) -> None:
    (box.rootfs / "data").mkdir()
    (box.rootfs / "data" / "file").write_text("content")
    mount = {"destination": "/data", "type": "tmpfs", "source": "tmpfs", "options": ["tmpcopyup", "ro"]}
    box.config["mounts"].append(mount)
    out = box.run("sh", "-c", "cat /data/file; touch /data/x || echo read-only").stdout
    assert out == "contentread-only\n"


def test_a_tmpfs_has_the_permissions_of_the_folder_it_covers(box: Any) -> None:
    for name, mode in (("private", 0o700), ("sticky", 0o1777)):
        (box.rootfs / name).mkdir()
        (box.rootfs / name).chmod(mode)
    for place, options in (("/private", []), ("/sticky", []), ("/new", []), ("/private/in", ["mode=750"])):
        mount = {"destination": place, "type": "tmpfs", "source": "tmpfs", "options": options}
        box.config["mounts"].append(mount)
    out = box.run("stat", "-c", "%a", "/private", "/sticky", "/new", "/private/in").stdout
    assert out.split() == ["700", "1777", "1777", "750"]


@pytest.mark.parametrize(("source", "place"), [("a-file", "/folder"), ("folder", "/etc/a-file"), ("folder", "/sys/no")])
def test_mounts_that_cannot_be_name_both_places(box: Any, tmp_path: Path, source: str, place: str) -> None:
    (box.rootfs / "folder").mkdir()
    (box.rootfs / "etc" / "a-file").touch()
    (tmp_path / "a-file").touch()
    (tmp_path / "folder").mkdir()
    mount = {"destination": place, "type": "bind", "source": f"{tmp_path}/{source}", "options": ["rbind"]}
    box.config["mounts"].append(mount)
    done = box.run("true")
    reason = "read-only file system" if place == "/sys/no" else "not a directory"
    assert f'error mounting "{tmp_path}/{source}" to rootfs at "{place}": ' in done.stderr
    assert reason in done.stderr and "b'" not in done.stderr


def test_the_hosts_whole_tree_is_bound_without_the_containers_own_root(box: Any, tmp_path: Path) -> None:
    (tmp_path / "mark").write_text("host")
    mount = {"destination": "/host", "type": "bind", "source": "/", "options": ["rbind", "rprivate"]}
    box.config["mounts"].append(mount)
    assert box.run("cat", f"/host{tmp_path}/mark").stdout == "host"


def test_user_namespace(box: Any) -> None:
    maps = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    box.config["linux"]["namespaces"].append({"type": "user"})
    box.config["linux"]["uidMappings"] = box.config["linux"]["gidMappings"] = maps
    for folder in (box.rootfs, *box.rootfs.parents):
        if folder == Path("/tmp"):
            break
        folder.chmod(0o755)
    os.chown(box.rootfs, 100000, 100000)
    out = box.run("sh", "-c", "id -u; cat /proc/self/uid_map; ls /dev/null").stdout.split()
    assert out == ["0", "0", "100000", "65536", "/dev/null"]


def test_limits_umask_and_no_new_privileges(box: Any) -> None:
    process = box.config["process"]
    process["rlimits"] = [{"type": "RLIMIT_NOFILE", "soft": 77, "hard": 99}]
    process["user"]["umask"] = 0o27
    process["noNewPrivileges"] = True
    out = box.run("sh", "-c", "ulimit -n; ulimit -Hn; umask; grep NoNewPrivs /proc/self/status").stdout.split()
    assert out == ["77", "99", "0027", "NoNewPrivs:", "1"]


def test_the_hosts_mount_table_is_not_touched(box: Any) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    box.run("true")
    assert Path("/proc/self/mountinfo").read_text() == before


def test_signals_are_not_ignored_or_blocked(box: Any) -> None:
    status = box.run("cat", "/proc/self/status").stdout
    values = dict(line.split(":\t") for line in status.splitlines() if line.startswith(("SigBlk", "SigIgn")))
    assert set(values.values()) == {"0" * 16}


def test_descriptors_of_the_caller_do_not_reach_the_container(box: Any, tmp_path: Path) -> None:
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        assert box.run("ls", "/proc/self/fd", pass_fds=(fd,)).stdout.split() == ["0", "1", "2", "3"]
    finally:
        os.close(fd)


def test_preserved_descriptors_keep_their_numbers(box: Any, tmp_path: Path) -> None:
    (tmp_path / "one").write_text("first")
    (tmp_path / "two").write_text("second")
    box.write("sh", "-c", "cat <&3; cat <&4; ls /proc/self/fd")
    script = 'exec 3< "$1/one" 4< "$1/two"; shift; exec "$@"'
    command = ["/bin/sh", "-c", script, "sh", str(tmp_path), *box.runtime, "--root", str(box.folder / "state")]
    command += ["run", "--preserve-fds", "2", "-b", str(box.folder / "bundle"), box.name]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.stdout == "firstsecond0\n1\n2\n3\n4\n5\n", result.stderr


def test_a_directory_outside_the_root_is_noticed_cve_2024_21626(tmp_path: Path) -> None:
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir("/")
            os.chroot(tmp_path)
            execute.inside_root()
        except StepFailed:
            os._exit(7)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@pytest.mark.parametrize("no_new_privs", [False, True])
def test_the_seccomp_filter_holds_in_run_and_exec(box: Any, no_new_privs: bool) -> None:
    rule = {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}
    box.config["linux"]["seccomp"] = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}
    box.config["process"]["noNewPrivileges"] = no_new_privs
    box.create("sh", "-c", "grep Seccomp: /proc/self/status; busybox mkdir /x; sleep 60")
    box.call("start", box.name)
    result = box.call("exec", box.name, "busybox", "mkdir", "/y")
    assert "Function not implemented" in result.stderr
    assert "Seccomp:\t2" in box.output()
    assert "Function not implemented" in box.output()
