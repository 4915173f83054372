"""Kernel files of the host that a container must neither read nor write."""

import os
from pathlib import Path
from typing import Any

import pytest

from hutch.model.container import Config
from hutch.model.host_config import HostConfig
from hutch.spec import container, paths
from hutch.spec.machine import Machine
from suites.exchange import SLOWLY, STARTS, exchanging
from suites.guards import Guard, guarded

pytestmark = pytest.mark.kernel


def as_run(box: Any) -> None:
    """The config of an ordinary ``run``, in the place of the plain one."""
    made = container.build(container.Request(id=box.name, config=Config(cmd=["true"]), host=HostConfig()))
    made["root"] = box.config["root"]
    made["linux"]["cgroupsPath"] = box.config["linux"]["cgroupsPath"]
    made["process"]["user"] = {"uid": 0, "gid": 0}
    box.config = made


@guarded(
    Guard(
        "runtime/steps/devices.py",
        "                self._check(os.fstat(fd), kind, device)\n",
        "                return\n",
    ),
    Guard("runtime/steps/masks.py", '"/dev/null", follow=False)', '"/dev/null")'),
    Guard(
        "runtime/steps/masks.py",
        "    if not stat.S_ISCHR(status.st_mode) or status.st_rdev",
        "    if False and status.st_rdev",
    ),
)
def test_a_link_instead_of_the_null_device_cve_2025_31133(box: Any) -> None:
    """Without a tmpfs on /dev, the image's own /dev/null is what would be bound over masked files."""
    (box.rootfs / "dev").mkdir()
    (box.rootfs / "dev" / "null").symlink_to("/proc/sys/kernel/core_pattern")
    box.config["mounts"] = [m for m in box.config["mounts"] if not m["destination"].startswith("/dev")]
    result = box.run("cat", "/proc/keys")
    assert result.returncode != 0
    assert "/dev/null" in result.stderr


@guarded(
    Guard(
        "runtime/steps/terminal.py",
        '        target = inside.root.touch("/dev/console", 0o600, follow=False)\n',
        '        target = inside.root.touch("/dev/console", 0o600)\n',
    )
)
def test_a_link_instead_of_the_console_cve_2025_52565(box: Any) -> None:
    """The terminal would be bound over what the image's link names, before paths are masked and made read-only."""
    (box.rootfs / "dev").mkdir()
    (box.rootfs / "dev" / "console").symlink_to("/proc/sys/kernel/domainname")
    box.config["mounts"] = [m for m in box.config["mounts"] if m["destination"] != "/dev"]
    box.config["process"]["terminal"] = True
    result = box.run("cat", "/proc/mounts")
    assert "/proc/sys/kernel/domainname" not in result.stdout
    assert result.returncode != 0


@guarded(
    Guard(
        "runtime/steps/terminal.py",
        "        copy = mount.clone_tree(slave)\n",
        '        copy = mount.clone_tree(os.open("/dev/null", os.O_PATH | os.O_CLOEXEC))\n',
    )
)
def test_the_console_is_the_opened_terminal_cve_2025_52565(box: Any) -> None:
    box.config["process"]["terminal"] = True
    out = box.run("sh", "-c", "tty; stat -c %t /dev/console").stdout.split()
    assert out == ["/dev/pts/0", "88"]


def shared_dev(box: Any, folder: Path) -> Path:
    """A folder that the container and a neighbour share is the container's /dev."""
    folder.mkdir()
    box.config["mounts"] = [m for m in box.config["mounts"] if not m["destination"].startswith("/dev")]
    bind = {"destination": "/dev", "type": "bind", "source": str(folder), "options": ["rbind"]}
    box.config["mounts"].append(bind)
    return folder


MASKED = "/proc/cpuinfo"
"""A file of procfs that is never empty. One only: each is a chance for the neighbour, and just as much one that it is
noticed, and that the container does not start."""


@guarded(
    Guard(
        "runtime/steps/masks.py",
        "        if inside.null < 0:\n            inside.null = open_null(inside)\n"
        "        return mount.clone_tree(inside.null)\n",
        '        status = inside.root.stat("/dev/null", follow=False)\n'
        "        if not stat.S_ISCHR(status.st_mode) or status.st_rdev != os.makedev(1, 3):\n"
        '            raise StepFailed("/dev/null of the container is not the null device")\n'
        '        return mount.clone_tree(inside.root.resolve("/dev/null"))\n',
    )
)
def test_a_null_device_exchanged_by_a_neighbour_cve_2025_31133(box: Any, tmp_path: Path) -> None:
    """While the container starts, the null device and a link to a kernel file change places.

    Without the guard it is looked at, and then bound, by its name.
    """
    dev = shared_dev(box, tmp_path / "dev")
    os.mknod(dev / "null", 0o20666, os.makedev(1, 3))
    (dev / "link").symlink_to("/proc/sys/kernel/core_pattern")
    box.config["linux"]["maskedPaths"] = [MASKED]
    box.runtime = [*SLOWLY, *box.runtime]
    with exchanging(dev / "null", dev / "link"):
        for _ in range(STARTS):
            result = box.run("cat", MASKED)
            assert result.stdout == "", "a kernel file lies over what the null device is to mask"
            assert result.returncode == 0 or "/dev/null" in result.stderr
    started = box.run("cat", MASKED)
    assert (started.returncode, started.stdout) == (0, "")


@guarded(
    Guard(
        "linux/paths.py",
        "            node = openat2(fd, name, os.O_PATH | os.O_NOFOLLOW)\n"
        "        finally:\n"
        "            os.close(fd)\n"
        "        if _stat.S_ISLNK(os.fstat(node).st_mode):\n",
        "            node = self.resolve(path)\n"
        "        finally:\n"
        "            os.close(fd)\n"
        "        if _stat.S_ISLNK(self.stat(path, follow=False).st_mode):\n",
    )
)
def test_a_console_exchanged_by_a_neighbour_cve_2025_52565(box: Any, tmp_path: Path) -> None:
    """While the container starts, the file that its terminal is bound over and a link change places.

    Without the guard its name is resolved, and looked at once more to see whether it is a link.
    """
    dev = shared_dev(box, tmp_path / "dev")
    os.mknod(dev / "null", 0o20666, os.makedev(1, 3))
    (dev / "pts").mkdir()
    (dev / "ptmx").symlink_to("pts/ptmx")
    (dev / "console").touch()
    (dev / "link").symlink_to("/proc/sys/kernel/domainname")
    pts = {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"]}
    box.config["mounts"].append(pts)
    box.config["process"]["terminal"] = True
    box.runtime = [*SLOWLY, *box.runtime]
    with exchanging(dev / "console", dev / "link"):
        for _ in range(STARTS):
            assert "/proc/sys/kernel/domainname" not in box.run("cat", "/proc/mounts").stdout
    assert "/dev/console" in box.run("cat", "/proc/mounts").stdout


@guarded(
    Guard(
        "runtime/plan.py",
        "        if reason := kernel.check_sysctl(key, own - hosts):\n            raise Invalid(reason)\n",
        "        pass\n",
    ),
)
@pytest.mark.parametrize("key", ["kernel.core_pattern", "vm.swappiness", "net/../kernel/core_pattern"])
def test_kernel_parameters_of_the_host_are_refused_cve_2022_0811(box: Any, key: str) -> None:
    """The value is the one that the host has, so that nothing changes whatever happens."""
    file = Path("/proc/sys") / (key if "/" in key else key.replace(".", "/"))
    box.config["linux"]["sysctl"] = {key: Path(os.path.normpath(file)).read_text().strip()}
    result = box.run("true")
    assert result.returncode != 0
    assert "sysctl" in result.stderr


@guarded(
    Guard(
        "runtime/plan.py",
        '    steps += [masks.MaskPath(path) for path in linux.get("maskedPaths") or ()]\n',
        "",
    )
)
def test_masked_paths_are_empty(box: Any) -> None:
    as_run(box)
    masked = paths.masked(HostConfig(), Machine().possible_cpus)
    assert {"/proc/kcore", "/proc/interrupts", "/sys/firmware"} <= set(masked)
    script = 'for p; do [ -d "$p" ] && ls -A "$p"; [ -f "$p" ] || [ -c "$p" ] && head -c 20 "$p"; done 2>&1; echo end'
    assert box.run("sh", "-c", script, "sh", *masked).stdout == "end\n"


@guarded(
    Guard(
        "runtime/plan.py",
        '    steps += [masks.ReadonlyPath(path) for path in linux.get("readonlyPaths") or ()]\n',
        "",
    )
)
def test_read_only_paths_cannot_be_written(box: Any) -> None:
    """Opened for appending only: nothing would be written even if it could be."""
    as_run(box)
    script = (
        "for f in /proc/sys/kernel/domainname /proc/sysrq-trigger; do (: >> $f) 2>/dev/null && echo $f; done; echo end"
    )
    assert box.run("sh", "-c", script).stdout == "end\n"


@guarded(
    Guard(
        "runtime/plan.py",
        '    if linux.get("seccomp") and not process.get("noNewPrivileges"):\n',
        "    if False:\n",
    )
)
def test_no_new_user_namespace_to_mount_control_groups_in_cve_2022_0492(box: Any) -> None:
    as_run(box)
    out = box.run(
        "sh", "-c", "busybox unshare -Urm true && echo unshared; mount -t cgroup2 none /tmp && echo mounted; echo end"
    )
    assert out.stdout == "end\n", out.stderr
