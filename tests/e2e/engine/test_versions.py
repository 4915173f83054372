"""Every version of the API that is served, and clients that ask for old ones."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

docker_py = pytest.importorskip("docker", reason="docker-py is not installed")

from support.client import Client  # noqa: E402
from support.engine import Engine  # noqa: E402

OLDEST, NEWEST = 24, 55


def test_each_version_answers(engine: Engine, docker: Client) -> None:
    name = docker.running()
    for minor in range(OLDEST, NEWEST + 1):
        for path in ("/_ping", "/version", "/info", "/containers/json?all=1", f"/containers/{name}/json",
                     "/images/json", "/volumes", "/networks", f"/containers/{name}/top"):  # fmt: skip
            status, answer = engine.api("GET", f"/v1.{minor}{path}")
            assert status == 200, (minor, path, answer)
    assert engine.api("GET", f"/v1.{OLDEST - 1}/info")[0] == 400
    assert engine.api("GET", f"/v1.{NEWEST + 1}/info")[0] == 400


@pytest.mark.parametrize("version", ["1.24", "1.30", "1.40", "1.43"])
def test_the_stock_command_of_old(docker: Client, version: str) -> None:
    old = {"DOCKER_API_VERSION": version}
    name = docker.name()
    said = docker("run", "-i", "--name", name, "--network", "none", docker.engine.image, "cat", text="typed\n", env=old)
    assert said.ok() == "typed"
    assert docker("logs", name, env=old).ok() == "typed"
    assert docker("ps", "-a", "--filter", f"name={name}", "--format", "{{.Names}}", env=old).ok() == name
    assert docker("wait", name, env=old).ok() == "0"
    docker("start", name, env=old).ok()  # its standard input stays open, and it waits
    docker("kill", name, env=old).ok()
    assert docker("wait", name, env=old).ok() == "137"
    docker("rm", name, env=old).ok()


@pytest.fixture
def sdk(engine: Engine) -> Iterator[docker_py.DockerClient]:
    """docker-py's client."""
    client = docker_py.from_env(environment={"DOCKER_HOST": engine.address})
    yield client
    client.close()


# docker-py leaves the sockets of streams that were not read to their end to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_docker_py(sdk: docker_py.DockerClient, engine: Engine, docker: Client) -> None:
    image = engine.image
    assert sdk.ping() and sdk.version()["ApiVersion"] and sdk.info()["Driver"]
    assert sdk.containers.run(image, ["echo", "said"], network_mode="none", remove=True) == b"said\n"
    with pytest.raises(docker_py.errors.ContainerError) as failed:
        sdk.containers.run(image, ["sh", "-c", "echo err >&2; exit 3"], network_mode="none", remove=True)
    assert (failed.value.exit_status, failed.value.stderr) == (3, b"err\n")
    with pytest.raises(docker_py.errors.ImageNotFound):
        sdk.images.get("no-such-image:1")
    name = docker.name()
    events = sdk.events(decode=True, filters={"container": name})
    box = sdk.containers.run(
        image, ["sh", "-c", "echo begun; sleep 1000"], name=name, network_mode="none", detach=True, labels={"a": "b"},
        volumes={f"{name}-volume": {"bind": "/data", "mode": "rw"}}, mem_limit="64m", environment={"A": "1"},
    )  # fmt: skip
    assert [next(events)["Action"] for _ in range(2)] == ["create", "start"]
    events.close()
    assert [each.name for each in sdk.containers.list(filters={"label": "a=b"})] == [name]
    following = box.logs(stream=True, follow=True)
    assert next(following) == b"begun\n"
    following.close()
    assert box.exec_run(["sh", "-c", "echo $A; exit 4"]) == (4, b"1\n")
    out = box.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    assert out.output == (b"out\n", b"err\n")
    assert box.top()["Processes"] and box.stats(stream=False)["memory_stats"]["limit"] == 64 << 20
    box.pause()
    box.reload()
    assert box.status == "paused"
    box.unpause()
    box.rename(f"{name}-new")
    docker.keep(f"{name}-new")
    box.stop(timeout=0)
    assert box.wait()["StatusCode"] == 137
    box.remove(v=True)
    sdk.volumes.get(f"{name}-volume").remove()
    with pytest.raises(docker_py.errors.NotFound):
        sdk.containers.get(name)
    gc.collect()  # docker-py leaves the sockets of its execs to the collector: here, not in another test
