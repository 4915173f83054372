"""Compare container engines on one machine, in one run, as ratios.

    compare.py --engines FILE [--only hutch,docker] [--measures run-none,exec] [--rounds N]

FILE is a JSON list of engines. Fields: ``name``; ``cli`` (command prefix that takes docker's verbs); ``socket`` (unix
socket of the Engine API); ``kind`` "engine" or "oci" (a bare runtime with runc's command line); ``enter_pid_file``
(oci: run inside that process' mount namespace); ``pid_file`` (of the daemon); ``helpers`` (words in the command line of
further processes that count as the engine's memory); ``log_args``; ``image`` (with busybox in it; loaded beforehand).

Engines take turns inside every round and the order rotates, so that noise of the machine hits all of them alike.
What is printed is the median of the per-round ratios to the first engine, never a time alone.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import http.client
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

clock = time.perf_counter


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=120)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """One engine under comparison."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["name"]
        self.kind: str = spec.get("kind", "engine")
        self.cli: list[str] = spec["cli"]
        self.socket: str | None = spec.get("socket")
        self.pid_file: str | None = spec.get("pid_file")
        self.helpers: list[str] = spec.get("helpers", [])
        self.log_args: list[str] = spec.get("log_args", [])
        self.image: str = spec.get("image", "bench-busybox")
        self.enter_pid_file: str | None = spec.get("enter_pid_file")
        self.count = 0

    def fresh_name(self) -> str:
        """A container name that was not used yet."""
        self.count += 1
        return f"bench-{self.name}-{os.getpid()}-{self.count}"

    def command(self, *args: str) -> list[str]:
        """The argv of a call of this engine."""
        enter: list[str] = []
        if self.enter_pid_file:
            enter = ["nsenter", "-t", Path(self.enter_pid_file).read_text().strip(), "-m", "-n"]
        return [*enter, *self.cli, *args]

    def run(self, *args: str, quiet: bool = True) -> str:
        """Run the command, raise with its error text if it fails, return its output."""
        done = subprocess.run(self.command(*args), stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
        if done.returncode and quiet:
            raise RuntimeError(f"{self.name} {' '.join(args)}: {done.returncode} {done.stderr.decode()[-400:]}")
        return done.stdout.decode(errors="replace").strip()

    def timed(self, *args: str) -> float:
        """Seconds that the command took."""
        began = clock()
        self.run(*args)
        return clock() - began

    def detached(self, *args: str) -> None:
        """Run a command whose child keeps its standard output open (a bare runtime's detached container)."""
        subprocess.run(
            self.command(*args),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )

    def call(self, connection: UnixConnection, method: str, path: str, body: Any = None) -> Any:
        """One call of the Engine API."""
        payload = None if body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if payload else {}
        connection.request(method, "/v1.41" + path, payload, headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{self.name} {method} {path}: {answer.status} {data[:300]!r}")
        try:
            return json.loads(data)
        except ValueError:
            return data


def bundle(engine: Engine, what: str, args: list[str]) -> str:
    """An OCI bundle with busybox in it for a bare runtime; returns its folder."""
    folder = Path(tempfile.gettempdir()) / f"hutch-bench-{os.getpid()}" / engine.name / what
    if (folder / "config.json").exists():
        return str(folder)
    root = folder / "rootfs"
    for name in ("bin", "proc", "dev", "sys", "etc", "tmp"):
        (root / name).mkdir(parents=True, exist_ok=True)
    shutil.copy("/bin/busybox", root / "bin/busybox")
    for applet in ("true", "sleep", "sh"):
        (root / "bin" / applet).symlink_to("busybox")
    here = engine.command("spec")
    subprocess.run(
        [*here[: len(here) - len(engine.cli) - 1], "sh", "-c", f'cd {folder} && exec "$@"', "sh", *engine.cli, "spec"],
        check=True,
    )
    config = json.loads((folder / "config.json").read_text())
    config["process"].update(terminal=False, args=args)
    (folder / "config.json").write_text(json.dumps(config))
    return str(folder)


def state(engine: Engine) -> list[str]:
    """The --root option of a bare runtime."""
    return ["--root", str(Path(tempfile.gettempdir()) / f"hutch-bench-{os.getpid()}" / engine.name / "state")]


def run_none(engine: Engine) -> dict[str, float]:
    """``run --rm --network none IMAGE true``, from the command line."""
    if engine.kind == "oci":
        return {
            "run-none": engine.timed(*state(engine), "run", "-b", bundle(engine, "true", ["true"]), engine.fresh_name())
        }
    return {"run-none": engine.timed("run", "--rm", "--network", "none", engine.image, "true")}


def run_bridge(engine: Engine) -> dict[str, float]:
    """``run --rm IMAGE true`` on the default bridge."""
    return {"run-bridge": engine.timed("run", "--rm", engine.image, "true")}


def api_cycle(engine: Engine) -> dict[str, float]:
    """create + start + wait + remove over the API, --network none; a bare runtime: ``run``."""
    if engine.kind == "oci":
        return {"api-cycle": run_none(engine)["run-none"]}
    assert engine.socket
    connection = UnixConnection(engine.socket)
    began = clock()
    body = {"Image": engine.image, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}
    made = engine.call(connection, "POST", "/containers/create?name=" + engine.fresh_name(), body)["Id"]
    engine.call(connection, "POST", f"/containers/{made}/start")
    engine.call(connection, "POST", f"/containers/{made}/wait")
    engine.call(connection, "DELETE", f"/containers/{made}?force=1")
    took = clock() - began
    connection.close()
    return {"api-cycle": took}


sleepers: dict[str, str] = {}


def exec_true(engine: Engine) -> dict[str, float]:
    """``exec NAME true`` in a running container."""
    name = sleepers.get(engine.name)
    if name is None:
        name = sleepers[engine.name] = engine.fresh_name()
        if engine.kind == "oci":
            engine.detached(*state(engine), "run", "-d", "-b", bundle(engine, "sleep", ["sleep", "3600"]), name)
        else:
            engine.run("run", "-d", "--name", name, "--network", "none", engine.image, "sleep", "3600")
    prefix = state(engine) if engine.kind == "oci" else []
    return {"exec": engine.timed(*prefix, "exec", name, "true")}


def burst(engine: Engine) -> dict[str, float]:
    """20 detached starts, 8 at a time: seconds a container (the reciprocal of the rate)."""
    names = [engine.fresh_name() for _ in range(20)]
    began = clock()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(engine.run, "run", "-d", "--name", n, "--network", "none", engine.image, "sleep", "600")
            for n in names
        ]
        for job in jobs:
            job.result()
    took = (clock() - began) / len(names)
    for name in names:
        engine.run("rm", "-f", name)
    return {"burst": took}


def pss(pid: str) -> int:
    """Proportional set size of a process in kB."""
    try:
        found = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    except OSError:
        return 0
    return int(found.group(1)) if found else 0


def engine_memory(engine: Engine) -> tuple[int, int]:
    """(kB of the daemon, kB of every helper process)."""
    daemon = Path(engine.pid_file).read_text().strip() if engine.pid_file else ""
    helpers = 0
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or entry in (daemon, str(os.getpid())):
            continue
        try:
            line = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if any(word in line for word in engine.helpers):
            helpers += pss(entry)
    return pss(daemon) if daemon else 0, helpers


def memory(engine: Engine) -> dict[str, float]:
    """kB of all engine processes a running container costs, and the daemon's own; 20 idle containers."""
    daemon_before, helpers_before = engine_memory(engine)
    names = [engine.fresh_name() for _ in range(20)]
    for name in names:
        engine.run("run", "-d", "--name", name, "--network", "none", engine.image, "sleep", "600")
    time.sleep(2)
    daemon_after, helpers_after = engine_memory(engine)
    for name in names:
        engine.run("rm", "-f", name)
    grown = daemon_after + helpers_after - daemon_before - helpers_before
    return {"memory-per-container-kB": grown / len(names), "memory-daemon-kB": float(daemon_before)}


def logs(engine: Engine) -> dict[str, float]:
    """100 MB of 100-byte lines written to the log by one container."""
    line = "x" * 99
    script = f"yes {line} | head -c 100000000"
    name = engine.fresh_name()
    began = clock()
    engine.run("run", "-d", "--name", name, "--network", "none", *engine.log_args, engine.image, "sh", "-c", script)
    engine.run("wait", name)
    took = clock() - began
    engine.run("rm", "-f", name)
    return {"logs-100mb": took}


MEASURES: dict[str, tuple[Callable[[Engine], dict[str, float]], tuple[str, ...], int]] = {
    "run-none": (run_none, ("engine", "oci"), 20),
    "run-bridge": (run_bridge, ("engine",), 15),
    "api-cycle": (api_cycle, ("engine", "oci"), 20),
    "exec": (exec_true, ("engine", "oci"), 20),
    "burst": (burst, ("engine",), 3),
    "memory": (memory, ("engine",), 1),
    "logs": (logs, ("engine",), 3),
}


def measure(name: str, engines: list[Engine], rounds: int | None) -> list[str]:
    """Run one measure and render a line for each metric and engine."""
    function, kinds, default_rounds = MEASURES[name]
    taking = [e for e in engines if e.kind in kinds]
    samples: dict[str, dict[str, list[float]]] = {}
    for engine in taking:
        if name not in ("memory", "burst", "logs"):
            function(engine)
    for turn in range(rounds or default_rounds):
        shift = turn % len(taking)
        for engine in taking[shift:] + taking[:shift]:
            for metric, value in function(engine).items():
                samples.setdefault(metric, {}).setdefault(engine.name, []).append(value)
    lines = []
    for metric, by_engine in samples.items():
        first = by_engine[taking[0].name]
        for engine in taking:
            values = by_engine[engine.name]
            ratio = statistics.median(a / b for a, b in zip(first, values, strict=True))
            lines.append(
                f"{metric:26} {taking[0].name} / {engine.name:10} {ratio:8.3f}   "
                f"(medians {statistics.median(first):.5g} / {statistics.median(values):.5g}, n={len(values)})"
            )
    return lines


def main() -> int:
    """Run the command line above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--measures", default=",".join(MEASURES))
    parser.add_argument("--rounds", type=int)
    args = parser.parse_args()
    engines = [Engine(spec) for spec in json.loads(Path(args.engines).read_text())]
    if args.only:
        wanted = args.only.split(",")
        engines = sorted((e for e in engines if e.name in wanted), key=lambda e: wanted.index(e.name))
    try:
        for name in args.measures.split(","):
            for line in measure(name, engines, args.rounds):
                print(line, flush=True)
    finally:
        for engine in engines:
            if engine.name in sleepers:
                prefix = [*state(engine), "delete", "--force"] if engine.kind == "oci" else ["rm", "-f"]
                engine.run(*prefix, sleepers[engine.name], quiet=False)
        shutil.rmtree(Path(tempfile.gettempdir()) / f"hutch-bench-{os.getpid()}", ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
