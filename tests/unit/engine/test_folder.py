"""A container's files."""

from __future__ import annotations

import os
from pathlib import Path

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
