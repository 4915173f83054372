"""What a container can see, do and reach; hostile images by the number of the advisory they follow."""

import os
import shutil
import subprocess
import sys
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


def test_capabilities_are_exactly_those_configured_cve_2022_24769(box: Any) -> None:
    status = box.run("cat", "/proc/self/status").stdout
    wanted = f"{1 << 0 | 1 << 5 | 1 << 7 | 1 << 1:016x}"
    values = dict(line.split(":\t") for line in status.splitlines() if line.startswith("Cap"))
    assert values == {"CapInh": "0" * 16, "CapPrm": wanted, "CapEff": wanted, "CapBnd": wanted, "CapAmb": "0" * 16}


def test_only_standard_streams_are_open(box: Any) -> None:
    """The fourth is the listing's own descriptor."""
    assert box.run("ls", "/proc/self/fd").stdout.split() == ["0", "1", "2", "3"]
    box.create("sleep", "60")
    box.call("start", box.name)
    assert sorted(os.listdir(f"/proc/{box.state()['pid']}/fd")) == ["0", "1", "2"]
    assert box.call("exec", box.name, "ls", "/proc/self/fd").stdout.split() == ["0", "1", "2", "3"]


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 8, 9, 10, 12])
def test_cwd_through_a_leaked_descriptor_cve_2024_21626(box: Any, number: int) -> None:
    box.config["process"]["cwd"] = f"/proc/self/fd/{number}"
    result = box.run("cat", "etc/passwd")
    assert "root:x:0:0::/root:/bin/sh" in result.stdout if result.returncode == 0 else result.stderr
    assert Path("/etc/passwd").read_text() not in result.stdout


@pytest.mark.parametrize("name", ["proc", "sys"])
def test_proc_and_sys_as_links_cve_2019_19921(box: Any, name: str) -> None:
    (box.rootfs / "elsewhere").mkdir()
    (box.rootfs / name).symlink_to("elsewhere")
    result = box.run("true")
    assert result.returncode != 0
    assert f"filesystem must be mounted on ordinary directory: /{name}" in result.stderr


def test_a_mount_target_through_a_link_stays_inside_cve_2021_30465(box: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (box.rootfs / "data").symlink_to(outside)
    box.config["mounts"].append({"destination": "/data/deep", "type": "tmpfs", "source": "tmpfs", "options": []})
    result = box.run("mount")
    assert result.returncode == 0
    assert list(outside.iterdir()) == []


def test_dev_as_a_link_out_of_the_root_cve_2026_41579(box: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (box.rootfs / "dev").symlink_to(outside)
    box.run("true")
    assert list(outside.iterdir()) == []


def test_a_link_instead_of_the_null_device_cve_2025_31133(box: Any) -> None:
    """Without a tmpfs on /dev, the image's own /dev/null is what would be bound over masked files."""
    (box.rootfs / "dev").mkdir()
    (box.rootfs / "dev" / "null").symlink_to("/proc/sys/kernel/core_pattern")
    box.config["mounts"] = [m for m in box.config["mounts"] if not m["destination"].startswith("/dev")]
    result = box.run("cat", "/proc/keys")
    assert result.returncode != 0
    assert "/dev/null" in result.stderr


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/sys/kernel"])
def test_mounts_over_procfs_are_refused_cve_2019_16884(box: Any, tmp_path: Path, target: str) -> None:
    (tmp_path / "fake").mkdir()
    mount = {"destination": target, "type": "bind", "source": str(tmp_path / "fake"), "options": ["rbind"]}
    box.config["mounts"].append(mount)
    result = box.run("true")
    assert result.returncode != 0
    assert "cannot be mounted because it is" in result.stderr


@pytest.mark.parametrize(
    "key", ["kernel.core_pattern", "vm.swappiness", "net/../kernel/core_pattern", "kernel.hostname"]
)
def test_sysctls_of_the_host_are_refused_cve_2022_0811(box: Any, key: str) -> None:
    box.config["linux"]["sysctl"] = {key: "1"}
    assert "sysctl" in box.run("true").stderr


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


@pytest.mark.parametrize("user", ["4294967296", "2147483648", "-1", "1" + "0" * 20, "٠"])
def test_user_numbers_out_of_range_cve_2024_40635(box: Any, user: str) -> None:
    (box.rootfs / "etc" / "passwd").write_text(f"{user}:x:0:0::/root:/bin/sh\n")
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": user}
    result = box.run("id", "-u")
    assert result.returncode != 0
    assert "range" in result.stderr


def test_a_fifo_as_passwd_does_not_hang_cve_2024_9676(box: Any) -> None:
    (box.rootfs / "etc" / "passwd").unlink()
    os.mkfifo(box.rootfs / "etc" / "passwd")
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": "alice"}
    assert "not a regular file" in box.run("true").stderr


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
    box.runtime = [str(python), "-I", "-S", str(Path(box.runtime[0]))]
    box.env = {"PYTHONHOME": "/usr"}
    box.write("/evil")
    command = [*box.runtime, "--root", str(box.folder / "state"), "run", "-b", str(box.folder / "bundle"), box.name]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert "inside" in result.stdout, result.stderr
    assert "written" not in result.stdout
    assert "ead-only file system" in result.stderr
    assert python.read_bytes() == before


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
