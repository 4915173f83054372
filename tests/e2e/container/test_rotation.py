"""Rotated logs: the files' names as Docker has them, and reading across all of them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from support.client import Client
from support.sizes import sizes
from support.space import until

LINES = 150000
SCRIPT = f"seq 1 {LINES} | sed 's/^/a line of some length, number /'"


@pytest.fixture(params=["json-file", "local"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _files(client: Client, name: str, driver: str) -> tuple[Path, dict[str, int]]:
    """The folder of the log, and its files with their sizes."""
    number = client.field(name, "{{.Id}}")
    folder = Path(client.engine.socket).parent / "data" / "containers" / number
    folder = folder / "local-logs" if driver == "local" else folder
    start = "container.log" if driver == "local" else f"{number}-json.log"
    return folder / start, {file.removeprefix(start): size for file, size in sizes(folder, start).items()}


def _numbers(text: str) -> list[int]:
    return [int(line.rpartition(" ")[2]) for line in text.splitlines()]


@pytest.mark.parametrize("compress", ["true", "false"])
def test_names_sizes_and_reading(docker: Client, driver: str, compress: str) -> None:
    name = docker.name("rotated")
    options = (
        "--log-driver",
        driver,
        "--log-opt",
        "max-size=1m",
        "--log-opt",
        "max-file=3",
        "--log-opt",
        f"compress={compress}",
    )
    docker("run", "-d", "--name", name, "--network", "none", *options, docker.engine.image, "sh", "-c", SCRIPT).ok()
    assert docker("wait", name).ok() == "0"
    wanted = {"", ".1.gz", ".2.gz"} if compress == "true" else {"", ".1", ".2"}
    assert until(lambda: set(_files(docker, name, driver)[1]) == wanted), _files(docker, name, driver)
    path, sizes = _files(docker, name, driver)
    for suffix, size in sizes.items():
        data = gzip.decompress(Path(f"{path}{suffix}").read_bytes()) if suffix.endswith("gz") else b""
        assert 0 < (len(data) or size) <= 1_000_000
    everything = _numbers(docker("logs", name).ok())
    assert 3000 < len(everything) < LINES and everything == list(range(everything[0], LINES + 1))
    assert _numbers(docker("logs", "--follow", name).ok()) == everything
    for count in (1, 5, len(everything) - 3):
        assert _numbers(docker("logs", "--tail", str(count), name).ok()) == everything[-count:]
    stamped = docker("logs", "-t", name).ok().splitlines()
    middle = stamped[len(stamped) // 3].split()[0]  # in a file that is no longer written to
    late = [int(line.rpartition(" ")[2]) for line in stamped if line.split()[0] >= middle]
    assert _numbers(docker("logs", "--since", middle, name).ok()) == late
    early = [int(line.rpartition(" ")[2]) for line in stamped if line.split()[0] <= middle]
    assert _numbers(docker("logs", "--until", middle, name).ok()) == early


def test_a_big_log_is_bounded_and_compressed_without_any_option(docker: Client, driver: str) -> None:
    """The container ends while its old logs are still on their way into compressed files."""
    name = docker.name("big")
    script = (
        "yes 'a line that is just as long as many a line of a log happens to be, so here it goes' | head -c 50000000"
    )
    words = ("--network", "none", "--log-driver", driver, docker.engine.image, "sh", "-c", script)
    docker("run", "-d", "--name", name, *words).ok()
    assert docker("wait", name).ok() == "0"
    assert until(lambda: {"", ".1.gz", ".2.gz"} <= set(_files(docker, name, driver)[1])), _files(docker, name, driver)
    _, found = _files(docker, name, driver)
    assert all(size <= (1_000_000 if suffix else 20_000_000) for suffix, size in found.items())
    assert len(docker("logs", name).ok()) in (50_000_000, 50_000_000 - 1)


def test_following_while_files_are_shifted(docker: Client, driver: str) -> None:
    name = docker.name("shifted")
    options = ("--log-driver", driver, "--log-opt", "max-size=300k", "--log-opt", "max-file=3")
    script = "for i in $(seq 1 60); do seq $((i*1000)) $((i*1000+999)) | sed 's/^/line /'; sleep 0.02; done"
    docker("run", "-d", "--name", name, "--network", "none", *options, docker.engine.image, "sh", "-c", script).ok()
    seen = _numbers(docker("logs", "-f", name).ok())
    assert seen == list(range(1000, 61000))
