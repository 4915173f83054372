"""A container's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hutch.engine import folder
from hutch.model.host_config import HostConfig


def write(home: Path, **changes: str) -> None:
    fields = {"hostname": "web", "domainname": "", "address": "172.17.0.2", "gateway": "172.17.0.1", **changes}
    host = HostConfig(network_mode="bridge", extra_hosts=["db:10.0.0.9"], dns=["1.1.1.1"])
    folder.write_names(str(home), host, **fields)


def test_files_are_written_in_place(tmp_path: Path) -> None:
    write(tmp_path)
    assert "172.17.0.2\tweb" in (tmp_path / "hosts").read_text()
    assert "10.0.0.9\tdb" in (tmp_path / "hosts").read_text()
    assert (tmp_path / "hostname").read_text() == "web\n"
    inode = os.stat(tmp_path / "hosts").st_ino
    (tmp_path / "resolv.conf").write_text("# mine\n")
    write(tmp_path, address="172.17.0.3")
    assert os.stat(tmp_path / "hosts").st_ino == inode
    assert "172.17.0.3" in (tmp_path / "hosts").read_text()
    assert (tmp_path / "resolv.conf").read_text() == "# mine\n"


def test_what_the_user_mounts_there_wins() -> None:
    assert [m.target for m in folder.binds("/c", {"/etc/hosts"})] == ["/etc/resolv.conf", "/etc/hostname"]


def test_the_bundle_is_for_root_only(tmp_path: Path) -> None:
    folder.write_bundle(f"{tmp_path}/run", {"ociVersion": "1.0.2"})
    assert os.stat(tmp_path / "run").st_mode & 0o777 == 0o700
    assert os.stat(tmp_path / "run" / "config.json").st_mode & 0o777 == 0o600


def test_the_daemons_name_servers_are_for_containers_without(tmp_path: Path) -> None:
    names = {"hostname": "web", "domainname": "", "address": "", "gateway": ""}
    resolver = folder.Resolver(["10.1.1.1"], ["far.example"], ["ndots:3"])
    folder.write_names(str(tmp_path), HostConfig(network_mode="bridge"), **names, resolver=resolver)
    text = (tmp_path / "resolv.conf").read_text()
    assert "nameserver 10.1.1.1\n" in text and "search far.example\n" in text and "options ndots:3\n" in text
    (tmp_path / "resolv.conf").unlink()
    folder.write_names(str(tmp_path), HostConfig(network_mode="bridge", dns=["9.9.9.9"]), **names, resolver=resolver)
    text = (tmp_path / "resolv.conf").read_text()
    assert "nameserver 9.9.9.9\n" in text and "10.1.1.1" not in text


def _resolv(home: Path, mode: str = "bridge") -> str:
    names = {"hostname": "web", "domainname": "", "address": "", "gateway": ""}
    folder.write_names(str(home), HostConfig(network_mode=mode), **names)
    return (home / "resolv.conf").read_text()


def test_name_servers_are_the_hosts_of_now_until_somebody_edits_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, home = tmp_path / "host", tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(folder, "_RESOLV_CONF", str(host))
    host.write_text("nameserver 10.0.0.1\n")
    assert "nameserver 10.0.0.1\n" in _resolv(home)
    host.write_text("nameserver 10.0.0.2\n")
    assert "nameserver 10.0.0.2\n" in _resolv(home) and "10.0.0.1" not in _resolv(home)
    for edited in ("nameserver 10.0.0.9\n", ""):
        (home / "resolv.conf").write_text(edited)
        host.write_text("nameserver 10.0.0.3\n")
        assert _resolv(home) == edited


def test_behind_the_stub_of_resolved_are_the_real_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    stub.write_text("nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n")
    monkeypatch.setattr(folder, "_RESOLV_CONF", str(stub))
    monkeypatch.setattr(folder, "_BEHIND_STUB", str(real))
    homes = {name: tmp_path / name for name in ("without", "bridge", "host")}
    for home in homes.values():
        home.mkdir()
    assert "nameserver 8.8.8.8\n" in _resolv(homes["without"])
    real.write_text("nameserver 10.0.0.1\nsearch lan\n")
    text = _resolv(homes["bridge"])
    assert "nameserver 10.0.0.1\nsearch lan\n" in text and "edns0" not in text
    assert "nameserver 127.0.0.53\n" in _resolv(homes["host"], "host")
