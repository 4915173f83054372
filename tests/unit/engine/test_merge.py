"""The request and the image become one config."""

from __future__ import annotations

import pytest

from hutch.engine import merge
from hutch.model.container import Config, HealthConfig
from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig

IMAGE = Config(
    env=["PATH=/bin", "A=image"], cmd=["serve"], entrypoint=["/init"], labels={"a": "1", "b": "1"}, user="www",
    exposed_ports={"80/tcp": {}}, volumes={"/data": {}}, working_dir="/srv", stop_signal="QUIT",
    healthcheck=HealthConfig(test=["CMD", "true"], interval=5_000_000_000),
)  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Config(), ("/init", "serve")),
        (Config(cmd=["other"]), ("/init", "other")),
        (Config(entrypoint=["/mine"]), ("/mine",)),
        (Config(entrypoint=["/mine"], cmd=["x"]), ("/mine", "x")),
        (Config(entrypoint=[""], cmd=["x"]), ("x",)),
        (Config(entrypoint=[]), ("serve",)),
    ],
)
def test_what_runs(asked: Config, words: tuple[str, ...]) -> None:
    path, args = merge.command(merge.config(asked, IMAGE))
    assert (path, *args) == words


def test_nothing_to_run() -> None:
    with pytest.raises(Invalid, match=r"^no command specified$"):
        merge.config(Config(), Config())


def test_the_rest_of_the_image() -> None:
    out = merge.config(Config(env=["A=mine"], labels={"b": "2"}, exposed_ports={"81/tcp": {}}), IMAGE)
    assert out.env == ["A=mine", "PATH=/bin"]
    assert out.labels == {"a": "1", "b": "2"}
    assert set(out.exposed_ports or {}) == {"80/tcp", "81/tcp"}
    assert (out.user, out.working_dir, out.stop_signal) == ("www", "/srv", "QUIT")
    assert set(out.volumes or {}) == {"/data"}


def test_parts_of_a_healthcheck_are_inherited() -> None:
    out = merge.config(Config(healthcheck=HealthConfig(retries=7)), IMAGE).healthcheck
    assert out is not None
    assert (out.test, out.interval, out.retries) == (["CMD", "true"], 5_000_000_000, 7)


def test_host_names() -> None:
    identity = "ab" * 32
    assert merge.hostname(Config(), HostConfig(network_mode="bridge"), identity, "box") == identity[:12]
    assert merge.hostname(Config(), HostConfig(network_mode="container:x"), identity, "box") == identity[:12]
    assert merge.hostname(Config(hostname="web"), HostConfig(network_mode="host"), identity, "box") == "web"
    assert merge.hostname(Config(), HostConfig(network_mode="host"), identity, "box") == "box"
    assert merge.hostname(Config(), HostConfig(uts_mode="host"), identity, "box") == "box"


def test_the_working_directory_in_its_shortest_form() -> None:
    asked = Config(image="x", cmd=["true"], working_dir="/foo/../bar//")
    assert merge.config(asked, Config()).working_dir == "/bar"
    assert merge.config(Config(image="x", cmd=["true"]), Config(working_dir="//a/")).working_dir == "/a"
