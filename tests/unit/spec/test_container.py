import json

import pytest

from hutch.model.container import Config, HostConfig, Ulimit
from hutch.model.errors import Invalid
from hutch.model.mount import Mount
from hutch.spec.container import Request, build
from hutch.spec.devices import HostDevice
from hutch.spec.machine import Machine

ID = "0123456789abcdef" * 4


def made(config=None, machine=None, **more):
    host = {k: more.pop(k) for k in list(more) if k not in Request.__struct_fields__}
    machine = Machine(**(machine or {}))
    config = Config(cmd=["true"], **(config or {}))
    return build(Request(id=ID, config=config, host=HostConfig(**host), machine=machine, **more))


def test_a_plain_container():
    result = made()
    process = result["process"]
    assert process["args"] == ["true"] and process["cwd"] == "/" and process["terminal"] is False
    assert process["env"][1] == "HOSTNAME=0123456789ab" and result["hostname"] == "0123456789ab"
    assert process["user"] == {"uid": 0, "gid": 0, "username": ""}
    assert process["capabilities"]["inheritable"] == [] and process["noNewPrivileges"] is False
    assert "apparmorProfile" not in process and "rlimits" not in process
    assert result["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_ERRNO"
    assert result["linux"]["sysctl"]["net.ipv4.ip_unprivileged_port_start"] == "0"
    assert result["root"] == {"path": "rootfs", "readonly": False}


def test_it_is_plain_json_and_does_not_share_parts():
    first, second = made(), made()
    assert json.loads(json.dumps(first)) == first == second
    first["linux"]["resources"]["devices"][0]["allow"] = True
    assert made()["linux"]["resources"]["devices"][0]["allow"] is False


def test_everything_asked_arrives():
    result = made(
        {"user": "app:grp", "tty": True, "domainname": "d", "working_dir": "/w"},
        {"apparmor": True, "apparmor_default": True},
        group_add=["g"], console_size=[24, 80], oom_score_adj=-5, readonly_rootfs=True, memory=8 << 20,
        ulimits=[Ulimit("nofile", 2, 1)], cap_add=["NET_ADMIN"], security_opt=["no-new-privileges"],
        hostname="h", cgroup_path="/docker/x", init_source="/usr/lib/init", annotations={"a": "b"},
        files=[Mount("bind", "/f", "/etc/hosts", ("rbind",))],
        user_mounts=[Mount("bind", "/v", "/v", ("rbind", "rslave"))],
        devices=[HostDevice(path="/dev/fuse", kind="c", major=10, minor=229)],
    )  # fmt: skip
    process, linux = result["process"], result["linux"]
    assert process["user"] == {"uid": 0, "gid": 0, "username": "app:grp", "groups": ["g"]}
    assert process["consoleSize"] == {"height": 24, "width": 80} and process["oomScoreAdj"] == -5
    assert process["rlimits"] == [{"type": "RLIMIT_NOFILE", "hard": 2, "soft": 1}]
    assert process["noNewPrivileges"] and process["apparmorProfile"] == "docker-default"
    assert process["args"] == ["/sbin/docker-init", "--", "true"] and process["cwd"] == "/w"
    assert result["root"]["readonly"] and (result["hostname"], result["domainname"]) == ("h", "d")
    assert linux["cgroupsPath"] == "/docker/x" and linux["devices"][0]["path"] == "/dev/fuse"
    assert linux["resources"]["memory"] == {"limit": 8 << 20, "swap": 16 << 20}
    assert linux["rootfsPropagation"] == "slave" and result["annotations"] == {"a": "b"}
    assert [m["destination"] for m in result["mounts"]][-3:] == ["/v", "/etc/hosts", "/sbin/docker-init"]


def test_privileged():
    result = made(machine={"apparmor": True, "apparmor_default": True}, privileged=True)
    linux = result["linux"]
    assert "seccomp" not in linux and linux["maskedPaths"] == [] and linux["readonlyPaths"] == []
    assert "CAP_SYS_ADMIN" in result["process"]["capabilities"]["effective"]
    assert result["process"]["capabilities"]["inheritable"] == []
    assert result["process"]["apparmorProfile"] == "unconfined"
    assert linux["resources"]["devices"] == [{"allow": True, "access": "rwm"}]


def test_seccomp_choices():
    assert "seccomp" not in made(security_opt=["seccomp=unconfined"])["linux"]
    own = '{"defaultAction": "SCMP_ACT_ALLOW"}'
    assert made(security_opt=[f"seccomp={own}"])["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_ALLOW"
    daemon = {"defaultAction": "SCMP_ACT_LOG"}
    assert made(seccomp_profile=daemon)["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_LOG"
    builtin = made(seccomp_profile=daemon, security_opt=["seccomp=builtin"])
    assert builtin["linux"]["seccomp"]["defaultAction"] == "SCMP_ACT_ERRNO"
    with pytest.raises(Invalid, match="Decoding seccomp profile failed"):
        made(security_opt=["seccomp=xx"])


def test_filter_rules_follow_the_capabilities():
    def names(**host):
        return {n for rule in made(**host)["linux"]["seccomp"]["syscalls"] for n in rule["names"]}

    assert "mount" not in names() and "mount" in names(cap_add=["SYS_ADMIN"])
    assert "chroot" in names() and "chroot" not in names(cap_drop=["SYS_CHROOT"])


def test_user_namespaces():
    result = made(uid_maps=[(0, 100000, 65536)], gid_maps=[(0, 200000, 65536)])
    assert result["linux"]["uidMappings"] == [{"containerID": 0, "hostID": 100000, "size": 65536}]
    assert {"type": "user"} in result["linux"]["namespaces"]
    assert "net.ipv4.ping_group_range" not in result["linux"]["sysctl"]
    with pytest.raises(Invalid, match="privileged mode is incompatible with user namespaces"):
        made(privileged=True, uid_maps=[(0, 1, 1)])


def test_the_hosts_names_are_not_set():
    result = made(uts_mode="host", network_mode="host")
    assert "hostname" not in result and "sysctl" not in result["linux"]


def test_apparmor_without_apparmor_is_refused_unless_unconfined():
    assert "apparmorProfile" not in made(security_opt=["apparmor=unconfined"])["process"]
    with pytest.raises(Invalid, match="AppArmor is not enabled"):
        made(security_opt=["apparmor=mine"])


def test_the_daemons_no_new_privileges_can_be_overruled():
    assert made(no_new_privileges=True)["process"]["noNewPrivileges"]
    assert not made(no_new_privileges=True, security_opt=["no-new-privileges=false"])["process"]["noNewPrivileges"]
