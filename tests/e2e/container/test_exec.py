"""``exec``: a further process in a running container."""

from __future__ import annotations

import json
import re

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")

RUNS = [
    ("plain", [], "echo out; echo err >&2", "out\n", 0),
    ("exit-code", [], "exit 9", "", 9),
    ("killed", [], "kill -9 $$", "", 137),
    ("env", ["-e", "A=1", "--env", "B=2"], 'echo "$A$B $BASE $HOME"', "12 base /root\n", 0),
    ("workdir", ["-w", "/etc"], "pwd", "/etc\n", 0),
    ("workdir-of-the-container", [], "pwd", "/var\n", 0),
    ("user", ["-u", "user"], "id -un; id -gn; echo $HOME", "user\nuser\n/home/user\n", 0),
    ("user-group", ["-u", "1000:50"], "id -u; id -g", "1000\n50\n", 0),
    ("capabilities", [], "grep CapEff /proc/self/status", "CapEff:\t00000000a80425fb\n", 0),
    ("privileged", ["--privileged"], "grep CapEff /proc/self/status", "CapEff:\t0{5,7}1?[0-9a-f]{9,11}\n", 0),
    ("privileged-keeps-the-filter", ["--privileged"], "grep Seccomp: /proc/self/status", "Seccomp:\t2\n", 0),
    ("seccomp", [], "grep Seccomp: /proc/self/status", "Seccomp:\t2\n", 0),
    ("sees-the-container", [], "hostname; cat /proc/1/comm", "inside\nsleep\n", 0),
    ("no-terminal", [], "tty", "not a tty\n", 1),
    ("descriptors", [], "ls /proc/self/fd | wc -l", "[34]\n", 0),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "script", "shows", "code"), [pytest.param(*row[1:], id=row[0]) for row in RUNS])
def test_runs(cli: Client, flags: list[str], script: str, shows: str, code: int) -> None:
    name = cli.running("-e", "BASE=base", "-w", "/var", "--hostname", "inside")
    said = cli("exec", *flags, name, *SH, script)
    assert said.code == code, said
    assert re.fullmatch(shows, said.out), said


def test_streams(cli: Client) -> None:
    name = cli.running()
    said = cli("exec", "-i", name, *SH, "cat; echo err >&2", text="a\n" * 5000)
    assert (said.out, said.err) == ("a\n" * 5000, "err\n")


def test_env_file(cli: Client, tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "env").write_text("A=of the file\n")
    assert cli("exec", "--env-file", str(tmp_path / "env"), cli.running(), *SH, "echo $A").ok() == "of the file"


def test_detached(cli: Client) -> None:
    name = cli.running()
    assert cli("exec", "-d", name, *SH, "echo done > /flag; sleep 1000").ok() == ""
    assert until(lambda: cli("exec", name, "cat", "/flag").out == "done\n")
    assert "sleep 1000" in cli("top", name, "-eo", "pid,args").ok()


def test_terminal(cli: Client) -> None:
    terminal = cli.terminal("exec", "-it", cli.running(), "sh", rows=33, columns=99)
    terminal.expect("# ")
    terminal.type("tty; stty size; echo $TERM\n")
    terminal.expect(r"/dev/pts/\d\s+33 99\s+xterm\s")
    terminal.type("sh -c 'echo begun; exec sleep 100'\n")  # one process: no moment between the two for the key
    terminal.expect("\nbegun")
    terminal.type("\x03")
    terminal.expect("# ")
    terminal.type("exit 4\n")
    assert terminal.wait() == 4


def test_detach_keys(cli: Client) -> None:
    name = cli.running()
    terminal = cli.terminal("exec", "-it", "--detach-keys", "ctrl-x,q", name, "sh")
    terminal.expect("# ")
    terminal.type("\x18q")
    assert terminal.wait() in (0, 1)
    assert "sh" in cli("top", name, "-eo", "pid,comm").ok().split()


REFUSED = [
    ("no-command", ["nosuch"], 127, 'exec: "nosuch": executable file not found in \\$PATH'),
    ("not-executable", ["/etc/passwd"], 126, 'exec: "/etc/passwd": permission denied'),
    ("no-user", ["-u", "who", "NAME", "true"], 1, "unable to find user who: no matching entries in passwd file"),
    ("no-folder", ["-w", "/no/such", "NAME", "true"], 127, "no such file or directory"),
]


@pytest.mark.parametrize(("words", "code", "message"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refused(cli: Client, words: list[str], code: int, message: str) -> None:
    name = cli.running()
    line = [name if word == "NAME" else word for word in words] if "NAME" in words else [name, *words]
    said = cli("exec", *line)
    assert said.code == code, said
    assert re.search(message, said.err + said.out), said


def test_no_such_container(cli: Client) -> None:
    cli("exec", "no-such-container", "true").fails(1, "No such container: no-such-container")


def test_ends_with_the_container(cli: Client) -> None:
    name = cli.running()
    process = cli.spawn("exec", name, *SH, "echo up; sleep 1000")
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    cli("kill", name).ok()
    process.communicate(timeout=10)
    assert process.returncode == 137


def test_is_told_by_inspect(cli: Client) -> None:
    name = cli.running()
    cli("exec", "-d", "-e", "A=1", name, "sleep", "1000").ok()
    identifier = json.loads(cli("inspect", "-f", "{{json .ExecIDs}}", name).ok())[0]
    status, document = cli.engine.api("GET", f"/exec/{identifier}/json")
    assert status == 200
    assert document["Running"] and document["ProcessConfig"]["entrypoint"] == "sleep" and document["Pid"] > 1
