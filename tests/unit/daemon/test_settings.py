from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hutch.daemon import settings
from hutch.daemon.config import Config, RuntimeSettings
from hutch.model.errors import HutchError, Invalid


def load(file: str, flags: dict[str, Any], tmp_path: Path, **environment: str) -> Config:
    path = tmp_path / "daemon.json"
    path.write_text(file)
    return settings.load({"config-file": str(path), **flags}, environment)


def test_flags_file_and_environment_come_together(tmp_path: Path) -> None:
    config = load(
        '{"runtimes": {"a": {"path": "/a"}}, "mtu": 9000, "min-api-version": "1.40"}',
        {"add-runtime": {"b": RuntimeSettings("/b")}, "debug": True},
        tmp_path,
        DOCKER_DRIVER="vfs",
        DOCKER_CERT_PATH="/certs",
    )
    assert sorted(config.runtimes) == ["a", "b"]
    assert (config.network.mtu, config.debug, config.storage_driver) == (9000, True, "vfs")
    assert (config.min_api_version, config.tls.ca) == ("1.40", "/certs/ca.pem")


def test_tlsverify_switches_tls_on(tmp_path: Path) -> None:
    assert load("{}", {"tlsverify": True}, tmp_path).tls.enabled
    assert load("{}", {}, tmp_path, DOCKER_TLS_VERIFY="1").tls.enabled
    assert not load("{}", {}, tmp_path).tls.enabled


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ({"log-level": "loud"}, 'invalid logging level: "loud"'),
        ({"data-root": "here"}, "absolute"),
        ({"default-ipc-mode": "host"}, "IPC mode is not supported: host"),
        ({"default-runtime": "x"}, "specified default runtime 'x' does not exist"),
        ({"label": ["a"]}, "bad attribute format: a"),
        ({"label": ["a=1", "a=2"]}, "conflict labels for a=2 and a=1"),
        ({"exec-opt": ["native.cgroupdriver=systemd"]}, "not supported yet"),
        ({"exec-opt": ["x=y"]}, "unknown option"),
        ({"bridge": "br0", "bip": "10.0.0.1/24"}, "mutually exclusive"),
        ({"bip": "300.0.0.1/24"}, "not an IP address"),
        ({"dns": ["::1", "x"]}, '"--dns"'),
        ({"mtu": 1}, "invalid mtu"),
        ({"firewall-backend": "ebtables"}, 'invalid firewall-backend "ebtables"'),
        ({"host-gateway-ip": "here"}, '"--host-gateway-ip"'),
        ({"icc": False, "iptables": False}, "ICC=false uses iptables"),
    ],
)
def test_settings_no_daemon_can_run_with(flags: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=message):
        load("{}", flags, tmp_path)


def test_only_what_may_change_is_taken_over() -> None:
    running, fresh = Config(labels=["a=1"], data_root="/old"), Config(labels=["b=2"], data_root="/new", debug=True)
    fresh.registry.downloads, fresh.registry.http_proxy = 7, "p:1"
    settings.take_reloadable(running, fresh)
    assert (running.registry.downloads, running.registry.http_proxy) == (7, "")
    assert (running.labels, running.debug, running.data_root) == (["b=2"], True, "/old")


def test_errors_are_of_a_kind_the_command_line_prints(tmp_path: Path) -> None:
    with pytest.raises(HutchError):
        load("{", {}, tmp_path)
