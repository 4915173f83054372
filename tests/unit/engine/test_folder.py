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
