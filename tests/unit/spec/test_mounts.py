import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig
from hutch.model.mount import Mount
from hutch.spec import mounts


def targets(found):
    return [m.target for m in found]


def bind(target, source="/s"):
    return Mount("bind", source, target, ("rbind", "rprivate"))


def arrange(*user, files=(), read_only=False, host=None):
    return mounts.arrange(mounts.default(host or HostConfig()), files, user, read_only=read_only)


def test_defaults_in_order():
    found = mounts.default(HostConfig(shm_size=5))
    assert targets(found) == ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"]
    assert found[-1].options == ("nosuid", "noexec", "nodev", "mode=1777", "size=5")
    assert "ro" in found[3].options and "ro" in found[4].options


def test_privileged_and_writable_cgroups():
    found = mounts.default(HostConfig(privileged=True))
    assert "ro" not in found[3].options and "ro" not in found[4].options
    found = mounts.default(HostConfig(), writable_cgroups=True)
    assert "ro" in found[3].options and "ro" not in found[4].options


def test_ipc_modes():
    assert "/dev/shm" not in targets(mounts.default(HostConfig(ipc_mode="none")))
    assert mounts.default(HostConfig(ipc_mode="host"))[-1] == Mount(
        "bind", "/dev/shm", "/dev/shm", ("rbind", "rprivate")
    )
    assert mounts.default(HostConfig(ipc_mode="container:x"), shm_source="/run/shm")[-1].source == "/run/shm"


def test_user_mounts_replace_defaults_and_come_by_depth():
    found = arrange(bind("/a/b"), bind("/a"), bind("/dev/shm"), bind("/etc/hosts/"), files=[bind("/etc/hosts", "/f")])
    assert targets(found)[-4:] == ["/a", "/a/b", "/dev/shm", "/etc/hosts/"]
    assert targets(found).count("/dev/shm") == 1 and all(m.source != "/f" for m in found)


def test_a_mount_on_dev_takes_everything_below_away():
    assert not any(t.startswith("/dev/") for t in targets(arrange(bind("/dev"))))


def test_read_only_spares_what_programs_need():
    modes = {m.target: "ro" in m.options for m in arrange(bind("/data"), read_only=True)}
    assert not any(modes[t] for t in ("/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/data"))
    assert modes["/sys"] and modes["/sys/fs/cgroup"]
    modes = {m.target: "ro" in m.options for m in arrange(host=HostConfig(privileged=True), read_only=True)}
    assert not modes["/sys"] and not modes["/sys/fs/cgroup"]


@pytest.mark.parametrize(
    "target", ["/proc", "/proc/", "//proc", "/proc/self", "/x/../proc/self/attr", "/proc/sys", "/sys"]
)
@pytest.mark.parametrize("kind", ["bind", "tmpfs"])
def test_nothing_goes_over_the_kernels_files(target, kind):
    """CVE-2019-16884."""
    with pytest.raises(Invalid, match="cannot be mounted"):
        arrange(Mount(kind, "/somewhere", target))


def test_what_may_go_there():
    arrange(bind("/proc/meminfo"), bind("/proc", "/proc"), bind("/sys", "/sys"), bind("/sys/fs/cgroup"))


@pytest.mark.parametrize("target", ["x", "", "/", "//", "/a/..", "/a\0b", "/" + "x" * 5000])
def test_bad_destinations(target):
    with pytest.raises(Invalid):
        arrange(bind(target))


def test_two_mounts_on_one_destination():
    with pytest.raises(Invalid, match="Duplicate mount point: /a/"):
        arrange(bind("/a"), bind("/a/"))
