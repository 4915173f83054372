from typing import Any

from hutch.runtime.commands import features


def test_what_is_declared() -> None:
    value: dict[str, Any] = features.features()
    assert "startContainer" in value["hooks"]
    assert "rro" in value["mountOptions"]
    assert set(value["linux"]["namespaces"]) == {"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"}
    assert value["linux"]["cgroup"]["systemd"] is False
