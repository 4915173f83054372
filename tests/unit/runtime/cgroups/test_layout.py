from hutch.runtime.cgroups.layout import parse

V1 = """\
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:5 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
41 31 0:99 / /tmp rw - tmpfs tmpfs rw
"""
V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def test_v1():
    layout = parse(V1, "2:cpu,cpuacct:/a\n4:memory:/m/n\n1:name=systemd:/\n")
    assert layout.kind == "v1"
    assert [(h.mount, h.own, h.names) for h in layout.v1] == [
        ("/sys/fs/cgroup/cpu,cpuacct", "/a", ("cpu", "cpuacct")),
        ("/sys/fs/cgroup/memory", "/m/n", ("memory",)),
        ("/sys/fs/cgroup/systemd", "", ("name=systemd",)),
    ]
    assert layout.version_of("memory") == 1 and layout.version_of("pids") == 0


def test_v2():
    layout = parse(V2, "0::/user.slice/x\n", "cpu memory pids\n")
    assert layout.kind == "v2" and layout.v2.own == "/user.slice/x"
    assert [layout.version_of(c) for c in ("memory", "devices", "freezer", "io")] == [2, 2, 2, 0]


def test_hybrid_carries_each_controller_where_it_is():
    layout = parse(V1 + V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified"), "0::/\n", "hugetlb\n")
    assert layout.kind == "hybrid"
    assert layout.version_of("memory") == 1 and layout.version_of("hugetlb") == 2
    assert layout.version_of("devices") == 0


def test_a_cgroup_namespace_or_bind_mount_shows_a_part():
    line = V2.replace("0:26 / ", "0:26 /docker/abc ")
    assert parse(line, "0::/docker/abc/d\n").v2.own == "/d"
    assert parse(line, "0::/elsewhere\n").v2.own == ""
    assert parse(line, "0::/docker/abcd\n").v2.own == ""


def test_nothing_mounted():
    assert parse("", "").kind == "none"


def test_mount_points_are_unescaped():
    assert parse(V2.replace("/sys/fs/cgroup", "/a\\040b"), "0::/\n").v2.mount == "/a b"
