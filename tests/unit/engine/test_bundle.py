"""What the runtime is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hutch.engine.bundle import Bundler, Runtime, Settings, environment
from hutch.engine.exec import Asked
from hutch.model.container import Config
from hutch.model.errors import Conflict
from hutch.model.host_config import HostConfig, LogConfig
from hutch.model.mount import Mount
from hutch.spec.machine import Machine
from unit.engine.make import record


def bundler(tmp_path: Path, **settings: object) -> Bundler:
    return Bundler(Machine(), Settings(**settings), str(tmp_path), lambda profile: "/filter")  # type: ignore[arg-type]


def host(**fields: object) -> HostConfig:
    log = LogConfig(type="json-file", config={"max-size": "1m"})
    return HostConfig(network_mode="none", log_config=log, cgroupns_mode="private", **fields)  # type: ignore[arg-type]


def test_config_and_keeper(tmp_path: Path) -> None:
    value = record(host=host(), config=Config(image="x", cmd=["true"], tty=True, open_stdin=True, hostname="web"))
    made = bundler(tmp_path)
    config = made.config(value, [], [Mount("bind", "/a", "/b", ("rbind",))], {})
    assert config["hostname"] == "web"
    assert config["linux"]["cgroupsPath"] == f"/hutch/{value.id}"
    assert "/b" in [m["destination"] for m in config["mounts"]]
    keeper = made.keeper(value, config, [Mount("overlay", "overlay", "/", ("lowerdir=/l",))], "/run/x")
    assert (keeper["terminal"], keeper["stdin"], keeper["seccomp"]) == (True, True, "/filter")
    assert keeper["rootfs"][0]["options"] == ["lowerdir=/l"]
    assert keeper["log"]["options"] == {"max-size": "1m"}
    assert keeper["exit"] == "/run/x/exit.json"


def test_the_daemons_word_on_seccomp(tmp_path: Path) -> None:
    made = bundler(tmp_path, unconfined=True)
    assert "seccomp" not in made.config(record(host=host()), [], [], {})["linux"]
    own = record(host=host(security_opt=["seccomp=builtin"]))
    assert "seccomp" in made.config(own, [], [], {})["linux"]


def test_a_runtime_of_another_make(tmp_path: Path) -> None:
    made = bundler(tmp_path, runtimes={"crun": Runtime("/usr/bin/crun", ("--debug",))})
    keeper = made.keeper(record(host=host(runtime="crun")), {"linux": {"seccomp": {}}}, [], "/run/x")
    assert keeper["runtime"] == {"path": "/usr/bin/crun", "args": ["--debug"]}
    assert keeper["seccomp"] is None


def test_the_process_of_an_exec(tmp_path: Path) -> None:
    value, made = record(host=host()), bundler(tmp_path)
    folder = tmp_path / "containers" / value.id
    with pytest.raises(Conflict):
        made.exec_process(value, Asked(cmd=["ls"]))
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(made.config(value, [], [], {})))
    process = made.exec_process(value, Asked(cmd=["ls"], env=["A=1"], user="1:2", working_dir="/x", tty=True))
    assert (process["args"], process["cwd"], process["terminal"]) == (["ls"], "/x", True)
    assert process["user"]["username"] == "1:2"
    assert {"A=1", "TERM=xterm"} <= set(process["env"])
    more = made.exec_process(value, Asked(cmd=["ls"], privileged=True))["capabilities"]
    assert len(more["bounding"]) > len(process["capabilities"]["bounding"])
    assert not more.get("inheritable")


def test_environment() -> None:
    assert environment(["A=1", "B=2"], ["B=3", "A"], tty=False) == ["B=3"]
