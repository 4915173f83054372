from hutch.runtime.steps import cgroup_mounts

HYBRID = "3:name=systemd:/x\n2:cpu,cpuacct:/a\n1:memory:/b/c\n0::/u\n"


def test_the_hierarchies_of_a_hybrid_machine() -> None:
    assert cgroup_mounts.hierarchies(HYBRID) == [("name=systemd", "/x"), ("cpu,cpuacct", "/a"), ("memory", "/b/c")]
    assert cgroup_mounts.own_path_v2(HYBRID) == "/u"


def test_a_v2_machine_has_one() -> None:
    assert cgroup_mounts.hierarchies("0::/user.slice\n") == []
    assert cgroup_mounts.own_path_v2("0::/user.slice\n") == "/user.slice"
