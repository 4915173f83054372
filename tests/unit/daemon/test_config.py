from __future__ import annotations

from hutch.daemon.config import Config, RuntimeSettings


def test_two_configs_share_nothing() -> None:
    first, second = Config(), Config()
    first.labels.append("a=b")
    first.network.dns.append("127.0.0.1")
    assert second.labels == []
    assert second.network.dns == []


def test_describe_shows_runtimes_as_daemon_json_spells_them() -> None:
    config = Config(runtimes={"crun": RuntimeSettings("/usr/bin/crun", ["--debug"])})
    assert config.describe()["runtimes"] == {"crun": {"path": "/usr/bin/crun", "runtimeArgs": ["--debug"]}}
