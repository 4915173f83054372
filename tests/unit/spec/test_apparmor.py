"""The default AppArmor profile: what it must say, and that the real parser takes it."""

import shutil
import subprocess

import pytest

from hutch.model.container import Config
from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig
from hutch.spec import apparmor, container
from hutch.spec.machine import Machine


def test_what_reaches_the_host_is_denied() -> None:
    text = apparmor.profile("box")
    assert text.startswith("profile box ")
    for rule in ("deny mount,", "deny /proc/kcore rwklx,", "deny /proc/* w,", "deny /sys/firmware/** rwklx,"):
        assert f"  {rule}\n" in text
    assert "peer=docker-default" not in text


def test_the_parser_takes_it() -> None:
    parser = shutil.which("apparmor_parser", path="/usr/sbin:/sbin")
    if parser is None:
        pytest.skip("needs apparmor_parser")
    command = [parser, "--skip-kernel-load", "--skip-cache", "--debug"]
    done = subprocess.run(command, input=apparmor.profile(), text=True, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def profile_of(machine: Machine, *options: str, privileged: bool = False) -> str | None:
    host = HostConfig(security_opt=list(options), privileged=privileged)
    made = container.build(container.Request(id="a" * 64, config=Config(cmd=["x"]), host=host, machine=machine))
    value: str | None = made["process"].get("apparmorProfile")
    assert container.apparmor_profile(host, machine) == (value or "")
    return value


def test_containers_are_confined_where_the_profile_is_loaded() -> None:
    ready, bare = Machine(apparmor=True, apparmor_default=True), Machine(apparmor=True)
    assert profile_of(ready) == "docker-default"
    assert profile_of(ready, privileged=True) == "unconfined"
    assert profile_of(ready, "apparmor=mine") == "mine"
    assert profile_of(ready, "apparmor=unconfined") == "unconfined"
    assert profile_of(bare) is None
    assert profile_of(bare, "apparmor=mine") == "mine"
    assert profile_of(Machine()) is None
    with pytest.raises(Invalid, match="AppArmor is not enabled"):
        profile_of(Machine(), "apparmor=mine")
