from __future__ import annotations

from pathlib import Path

import pytest

from hutch.daemon import room_settings
from hutch.daemon.config import Config
from hutch.engine.bundle import Runtime
from hutch.model.errors import Invalid, Unsupported


def test_runtimes_are_those_of_the_machine_and_of_the_file() -> None:
    config = Config()
    config.default_runtime = "elsewhere"
    with pytest.raises(Invalid, match="specified default runtime 'elsewhere' does not exist"):
        room_settings.runtimes(config)
    config.default_runtime = ""
    assert set(room_settings.runtimes(config)) <= {"crun", "runc"}


def test_the_engine_refuses_another_cgroup_driver(tmp_path: Path) -> None:
    config = Config()
    config.data_root, config.exec_opts = str(tmp_path), ["native.cgroupdriver=systemd"]
    with pytest.raises(Unsupported, match="systemd"):
        room_settings.engine_settings(config, {})
    config.exec_opts, config.init_path = [], str(tmp_path / "missing")
    with pytest.raises(Invalid, match="is not an executable file"):
        room_settings.engine_settings(config, {})


def test_defaults_and_what_info_says_are_the_configs() -> None:
    config = Config()
    config.network.bridge = "none"
    runtimes = {"crun": Runtime("/usr/bin/crun")}
    defaults = room_settings.defaults(config, runtimes)
    assert defaults.network_mode == "none"
    assert defaults.runtimes == {"hutch", "crun"}
    assert defaults.cgroupns_mode == "private"
    assert room_settings.about(config, runtimes, "me", "none").runtimes["crun"]["path"] == "/usr/bin/crun"


def test_an_address_that_means_any_is_none() -> None:
    config = Config()
    config.network.ip = "0.0.0.0"
    assert room_settings.network_settings(config).default_ip == ""
    config.network.host_gateway_ip, config.network.firewall_backend = "192.0.2.1", "iptables"
    asked = room_settings.network_settings(config)
    assert (asked.host_gateway_ip, asked.firewall_backend) == ("192.0.2.1", "iptables")
    config.network.ip = "127.0.0.1"
    assert room_settings.network_settings(config).default_ip == "127.0.0.1"


def test_unknown_proxies_are_refused() -> None:
    config = Config()
    config.registry.proxies = {"ftp-proxy": "http://127.0.0.1:1"}
    with pytest.raises(Invalid, match="proxies: unknown key ftp-proxy"):
        room_settings.registry_settings(config)


def test_the_identity_is_made_once(tmp_path: Path) -> None:
    first = room_settings.identity(str(tmp_path))
    assert len(first) == 36
    assert room_settings.identity(str(tmp_path)) == first
