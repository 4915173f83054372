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
        ({"log-level": "loud"}, "invalid logging level: loud"),
        ({"data-root": "here"}, "absolute"),
        ({"default-ipc-mode": "host"}, "IPC mode is not supported: host"),
        ({"default-runtime": "x"}, "specified default runtime 'x' does not exist"),
        ({"label": ["a"]}, "bad attribute format: a"),
        ({"label": ["a=1", "a=2"]}, "conflict labels for a=2 and a=1"),
        ({"exec-opt": ["native.cgroupdriver=systemd"]}, "not supported yet"),
        ({"exec-opt": ["x=y"]}, r"invalid exec-opt \(x=y\): unknown option: 'x'"),
        ({"exec-opt": ["x"]}, r"invalid exec-opt \(x\): must be formatted 'opt=value'"),
        ({"max-concurrent-downloads": -1}, "invalid max concurrent downloads: -1"),
        ({"max-concurrent-uploads": -1}, "invalid max concurrent uploads: -1"),
        ({"max-download-attempts": 0}, "invalid max download attempts: 0"),
        ({"registry-mirror": ["foo"]}, 'invalid mirror: no scheme specified for "foo"'),
        ({"registry-mirror": ["ftp://foo"]}, 'invalid mirror: unsupported scheme "ftp" in "ftp://foo"'),
        ({"host": ["ftp://x"]}, r"invalid bind address \(ftp://x\)"),
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


def test_what_is_wrong_in_the_file_is_said_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(
        Invalid, match=r"with file .*daemon\.json: merged configuration validation .*: bad attribute format"
    ):
        load('{"labels": ["a"]}', {}, tmp_path)
    with pytest.raises(Invalid, match=r"^bad attribute format: a$"):
        load("{}", {"label": ["a"]}, tmp_path)
    with pytest.raises(Invalid, match="don't match any configuration option: x"):
        load('{"proxies": {"x": "y"}}', {}, tmp_path)
    assert load('{"debug": null, "mtu": 9000}', {}, tmp_path).network.mtu == 9000


def test_the_stop_timeout_can_be_reloaded(tmp_path: Path) -> None:
    config = load("{}", {}, tmp_path)
    assert config.default_stop_timeout == 10
    settings.take_reloadable(config, load('{"default-stop-timeout": 3}', {}, tmp_path))
    assert (config.default_stop_timeout, config.describe()["default-stop-timeout"]) == (3, 3)
