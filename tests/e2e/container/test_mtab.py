"""``/etc/mtab``: a link to the kernel's table, and no change of the container's."""

from __future__ import annotations

import pytest

from support.client import Client

pytestmark = pytest.mark.compat


def test_it_is_a_link(docker: Client) -> None:
    name = docker.name("mtab")
    said = docker("run", "--name", name, "--network", "none", docker.engine.image, "readlink", "/etc/mtab").ok()
    assert said == "/proc/mounts"
    assert docker("diff", name).ok() == ""
    docker("start", name).ok()


def test_it_is_not_made_in_a_folder_of_the_host(docker: Client, tmp_path: object) -> None:
    image = docker.engine.image
    said = docker("run", "--rm", "--network", "none", "-v", f"{tmp_path}:/etc", image, "ls", "-A", "/etc").ok()
    assert "mtab" not in said.split()
