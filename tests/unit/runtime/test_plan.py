from typing import Any

import pytest

from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.runtime import plan
from hutch.runtime.shape import Shape
from hutch.runtime.step import Step

ROOTFS = [Mount("overlay", "overlay", "/", ("lowerdir=/l", "upperdir=/u", "workdir=/w"))]


def config(**process: Any) -> dict[str, Any]:
    return {
        "hostname": "box",
        "root": {"path": "/r", "readonly": True},
        "process": {"args": ["sh"], "cwd": "/work", "env": ["PATH=/bin"], "capabilities": {}, **process},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
        "linux": {
            "namespaces": [{"type": kind} for kind in ("mount", "pid", "network", "ipc", "uts", "cgroup")],
            "maskedPaths": ["/proc/keys"],
            "readonlyPaths": ["/proc/sys"],
            "seccomp": {"defaultAction": "SCMP_ACT_ALLOW"},
            "sysctl": {"net.ipv4.ip_forward": "1"},
        },
    }


def steps_of(value: dict[str, Any]) -> list[Step]:
    return plan.build(value, ROOTFS, Shape.of(value, "x"))


def order(value: dict[str, Any]) -> list[str]:
    return [type(step).__name__ for step in steps_of(value)]


def test_the_order_of_a_plan() -> None:
    names = order(config())
    sequence = [
        "NewNamespace", "LoopbackUp", "Propagation", "MountRoot", "MountFilesystem", "MakeDevice", "MakeLinks",
        "NewSession", "TakeStreams", "ReadonlyPath", "MaskPath", "MakeWorkingDirectory", "ReadonlyRoot", "Pivot",
        "Hostname", "SetSysctl", "SessionKeyring", "InstallFilter", "LimitBounding", "SetUser", "SetCapabilities",
        "WorkingDirectory", "FindProgram", "WaitForStart", "CloseDescriptors", "Execute",
    ]  # fmt: skip
    assert [names.index(name) for name in sequence] == sorted(names.index(name) for name in sequence)
    assert names[-1] == "Execute"


def test_the_filter_is_last_when_no_new_privileges_allows_it() -> None:
    assert order(config(noNewPrivileges=True))[-3:] == ["CloseDescriptors", "InstallFilter", "Execute"]


def test_every_step_describes_itself_with_a_reference() -> None:
    for step in steps_of(config(rlimits=[{"type": "RLIMIT_NOFILE", "soft": 1, "hard": 2}], terminal=True)):
        assert step.describe()
        assert step.reference
        assert step.stage


def test_a_plan_is_pure() -> None:
    assert steps_of(config()) == steps_of(config())


def test_a_bound_dev_gets_no_nodes() -> None:
    value = config()
    value["mounts"].append({"destination": "/dev", "type": "bind", "source": "/dev", "options": ["rbind"]})
    assert "MakeDevice" not in order(value)


def test_capabilities_unknown_to_this_table_are_ignored() -> None:
    value = config(capabilities={"bounding": ["CAP_CHOWN", "CAP_FUTURE"], "effective": ["CAP_CHOWN"]})
    step = next(s for s in steps_of(value) if type(s).__name__ == "SetCapabilities")
    assert step.values() == (0, 1, 1, 0, 0)


def test_of_entries_with_one_name_the_last_counts() -> None:
    env = ["A=1", "PATH=/x", "B", "A=2=3", "PATH=/y"]
    assert plan.environment_of({"env": env}) == ("B", "A=2=3", "PATH=/y")
    found = next(s for s in steps_of(config(env=env)) if type(s).__name__ == "FindProgram")
    assert found.values()[1] == "/y"


def test_a_home_is_looked_for_when_the_environment_has_none() -> None:
    assert "FindHome" in order(config())
    assert "FindHome" not in order(config(env=["HOME=/x"]))


@pytest.mark.parametrize("user", [{"uid": 2**32}, {"uid": -1}, {"gid": 2**31}, {"additionalGids": [2**33]}])
def test_ids_that_the_kernel_would_take_for_others_are_refused(user: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="must be in range"):
        steps_of(config(user=user))


def with_linux(**fields: Any) -> dict[str, Any]:
    return {"linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}], **fields}}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"process": {"args": []}}, "args must not be empty"),
        ({"process": {"args": ["x"], "cwd": "work"}}, "Cwd must be an absolute path"),
        ({"linux": {"namespaces": [], "sysctl": {"net.x": "1"}}}, "host network namespace"),
        ({"linux": {"namespaces": []}}, "private UTS namespace"),
        ({"linux": {"namespaces": []}, "hostname": ""}, "without a mount namespace"),
        (with_linux(timeOffsets={"boottime": {"secs": 1}}), "time namespace must be enabled"),
        (with_linux(intelRdt={"closID": "x"}), "linux.intelRdt is not supported"),
        (with_linux(netDevices={"eth0": {}}), "without a private NET namespace"),
        (with_linux(memoryPolicy={"mode": "BIND"}), "invalid memory policy mode: BIND"),
        (with_linux(mountLabel="x"), "linux.mountLabel is not supported"),
        (with_linux(rootfsPropagation="odd"), "rootfsPropagation=odd is not supported"),
        ({"linux": {"namespaces": [{"type": t} for t in ("mount", "uts", "user")]}}, "no uid mappings"),
        ({"process": {"args": ["x"], "rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}]}}, "wrong rlimit value"),
        ({"mounts": [{"destination": "/m", "type": "tmpfs", "options": ["idmap"]}]}, "only supported for bind-mounts"),
        ({"mounts": [{"destination": "/m", "type": "bind", "source": "/", "options": ["idmap"]}]}, "needs both"),
        (with_linux(personality={"domain": "BSD"}), "invalid personality domain 'BSD'"),
    ],
)
def test_configs_that_cannot_be_honoured_are_refused(change: dict[str, Any], text: str) -> None:
    with pytest.raises((Invalid, Unsupported), match=text):
        steps_of({**config(), **change})


def test_shared_binds_are_taken_before_anything_is_mounted() -> None:
    value = config()
    value["linux"]["rootfsPropagation"] = "shared"
    value["mounts"] = [*(value.get("mounts") or []), {"destination": "/x", "type": "bind", "source": "/x",
                                                      "options": ["rbind", "rshared"]}]  # fmt: skip
    names = order(value)
    taken = names.index("TakeShared")
    assert names[taken - 1 : taken + 3] == ["Propagation", "TakeShared", "Propagation", "MountRoot"]
    texts = [step.describe() for step in steps_of(value)]
    assert "make the root mount shared" in texts
    assert "copy /x for /x, as a peer of the host's mounts" in texts
    assert "TakeShared" not in order(config())
