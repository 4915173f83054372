"""What a verb says and returns in each state of a container: ours, and the same table on another runtime.

``HUTCH_COMPAT_RUNTIME=/usr/sbin/runc`` runs the table there too, which proves the table itself; what a runc before 1.2
says in other words is left out there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

OURS = str(Path(__file__).resolve().parents[2] / "bin" / "hutch-runtime")
SINCE_1_2 = ("running exec", "running exec --user=x ID true")
RUNTIMES = [OURS, *filter(None, [os.environ.get("HUTCH_COMPAT_RUNTIME")])]

pytestmark = [pytest.mark.compat, pytest.mark.kernel]

TABLE = [
    ("nothing", "state", 1, "container does not exist"),
    ("nothing", "kill", 1, "container does not exist"),
    ("nothing", "delete", 1, "container does not exist"),
    ("nothing", "delete --force", 0, ""),
    ("nothing", "exec ID true", 255, "container does not exist"),
    ("nothing", "dance", 3, "No help topic for 'dance'"),
    ("nothing", "start one two", 1, '"start" requires exactly 1 argument(s)'),
    ("nothing", "list extra", 1, '"list" requires exactly 0 argument(s)'),
    ("nothing", "state --odd", 1, "flag provided but not defined: -odd"),
    ("nothing", "kill ID -9", 1, "container does not exist"),
    ("nothing", "help run", 0, "USAGE:"),
    ("nothing", "exec", 255, "exec failed: container does not exist"),
    ("created", "create", 1, "container with given ID already exists"),
    ("created", "exec ID true", 0, ""),
    ("created", "delete", 0, ""),
    ("created", "pause", 0, ""),
    ("created", "update --pids-limit=20", 0, ""),
    ("running", "exec", 255, "exec args cannot be empty"),
    ("running", "exec ID nope", 255, 'exec: "nope": executable file not found in $PATH'),
    ("running", "exec --cwd=bin ID true", 255, "Cwd must be an absolute path"),
    ("running", "exec --console-socket=/x ID true", 255, "cannot use console socket if runc will not detach"),
    ("running", "exec --cgroup=../x ID true", 255, "../x is not a sub cgroup path"),
    ("running", "exec --user=x ID true", 255, "bad uid: "),
    ("running", "exec --preserve-fds=90 ID true", 255, "unable to stat preserved-fd "),
    ("running", "update --memory=x", 1, "invalid value for memory: invalid size: 'x'"),
    ("running", "update --cpuset-cpus=4000", 1, "numerical result out of range"),
    ("running", "ps --format=odd", 1, "invalid format option"),
    ("running", "resume", 1, "container not paused"),
    ("running", "start", 1, "cannot start an already running container"),
    ("running", "delete", 1, "that is not stopped: running"),
    ("running", "delete --force", 0, ""),
    ("running", "kill ID FOO", 1, 'unknown signal "FOO"'),
    ("running", "exec ID sh -c 'exit 3'", 3, ""),
    ("stopped", "kill", 1, "container not running"),
    ("stopped", "start", 1, "cannot start a container that has stopped"),
    ("stopped", "pause", 1, "container not running"),
    ("stopped", "update --pids-limit=20", 1, "container not running"),
    ("stopped", "events --stats", 1, "is not running"),
    ("stopped", "exec ID true", 255, "cannot exec in a stopped container"),
    ("stopped", "delete", 0, ""),
]


class Place:
    """A bundle, and a container of it under one runtime."""

    def __init__(self, folder: Path, runtime: str) -> None:
        self.command = [runtime, "--root", str(folder / "state")]
        self.bundle = folder / "bundle"
        self.name = f"compat-{os.getpid()}"
        (self.bundle / "rootfs" / "bin").mkdir(parents=True)
        shutil.copy("/bin/busybox", self.bundle / "rootfs" / "bin" / "busybox")
        for applet in ("sh", "sleep", "true"):
            (self.bundle / "rootfs" / "bin" / applet).symlink_to("busybox")
        subprocess.run([OURS, "spec", "-b", str(self.bundle)], check=True)
        config = json.loads((self.bundle / "config.json").read_text())
        config["process"].update(terminal=False, args=["sleep", "60"])
        config["linux"]["cgroupsPath"] = f"/hutch-test-{os.getpid()}"
        (self.bundle / "config.json").write_text(json.dumps(config))

    def call(self, *words: str) -> tuple[int, str]:
        with (self.bundle / "said").open("w+") as said:  # a file: a container that is created keeps it open
            done = subprocess.run(
                [*self.command, *words], stdin=subprocess.DEVNULL, stdout=said, stderr=said, timeout=60, check=False
            )
            said.seek(0)
            return done.returncode, said.read().replace('\\"', '"')

    def bring(self, state: str) -> None:
        if state == "nothing":
            return
        assert self.call("create", "-b", str(self.bundle), self.name)[0] == 0
        if state in ("running", "stopped"):
            assert self.call("start", self.name)[0] == 0
        if state == "stopped":
            assert self.call("kill", self.name, "KILL")[0] == 0
            end = time.monotonic() + 20
            while '"stopped"' not in self.call("state", self.name)[1]:
                assert time.monotonic() < end


def version_of(runtime: str) -> tuple[int, int]:
    said = subprocess.run([runtime, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, _ = said.split()[2].split(".", 2)
    return int(major), int(minor)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(("state", "line", "code", "text"), TABLE)
def test_a_verb_in_a_state(tmp_path: Path, runtime: str, state: str, line: str, code: int, text: str) -> None:
    if f"{state} {line}" in SINCE_1_2 and runtime != OURS and version_of(runtime) < (1, 2):
        pytest.skip("runc before 1.2 has other words for it")
    place = Place(tmp_path, runtime)
    try:
        place.bring(state)
        verb, *rest = line.replace("'exit 3'", "exit|3").split()
        options = [word for word in rest if word.startswith("--")]
        words = [word.replace("|", " ").replace("ID", place.name) for word in rest if word not in options]
        bundle = ["-b", str(place.bundle)] if verb == "create" else []
        got, said = place.call(verb, *options, *bundle, *(words or [place.name]))
        said = said.replace("hutch-runtime", "runc")
        assert (got, text in said) == (code, True), said
    finally:
        place.call("delete", "--force", place.name)
