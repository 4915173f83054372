from typing import Any

from hutch.runtime.commands import features


def test_what_is_declared() -> None:
    value: dict[str, Any] = features.features()
    assert "startContainer" in value["hooks"]
    assert "rro" in value["mountOptions"]
    assert set(value["linux"]["namespaces"]) == {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"}
    assert {"SCMP_ACT_NOTIFY", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"} < set(value["linux"]["seccomp"]["actions"])
    assert "SCMP_CMP_MASKED_EQ" in value["linux"]["seccomp"]["operators"]
    assert "SCMP_ARCH_X86_64" in value["linux"]["seccomp"]["archs"]
    assert "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" in value["linux"]["seccomp"]["supportedFlags"]
    assert (value["linux"]["netDevices"], value["linux"]["intelRdt"]) == ({"enabled": True}, {"enabled": False})
    assert value["linux"]["cgroup"]["systemd"] is False
