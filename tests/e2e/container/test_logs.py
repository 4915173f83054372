"""``logs`` with every flag, over every driver that can be read."""

from __future__ import annotations

import re

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z"


@pytest.fixture(params=["json-file", "local"])
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_flags(cli: Client, driver: str) -> None:
    name = cli.name()
    script = "for i in 1 2 3; do echo out$i; echo err$i >&2; sleep 0.02; done; printf end"
    log = ["--log-driver", driver, "-l", "mark=m", "-e", "E=e"]
    if driver == "json-file":
        log += ["--log-opt", "labels=mark", "--log-opt", "env=E"]
    cli("run", "--name", name, "--network", "none", *log, cli.engine.image, *SH, script).ok()
    said = cli("logs", name)
    assert said.out == "out1\nout2\nout3\nend"
    assert said.err == "err1\nerr2\nerr3\n"
    tail = cli("logs", "--tail", "2", name)
    assert (tail.out, tail.err) in (("end", "err3\n"), ("out3\nend", ""))
    none = cli("logs", "-n", "0", name)
    assert (none.out, none.err) == ("", "")
    stamped = cli("logs", "-t", name).out.split("\n")
    assert all(re.fullmatch(f"{STAMP} (out[123]|end)", line) for line in stamped), stamped
    second = stamped[1].split()[0]
    # Lines that were read at once bear one stamp: "out1" has that of "out2" where the keeper came late.
    since = "\n".join(line.split(" ", 1)[1] for line in stamped if line.split()[0] >= second)
    assert cli("logs", "--since", second, name).out == since
    assert since in ("out2\nout3\nend", said.out)
    until = "".join(f"{line.split(' ', 1)[1]}\n" for line in stamped if line.split()[0] <= second)
    assert cli("logs", "--until", second, name).out in (until, "out1\n")
    assert cli("logs", "--since", "2h", "--until", "1h", name).out == ""
    assert cli("logs", "--since", "1h", name).out == said.out
    detailed = cli("logs", "--details", "--tail", "all", name).out.split("\n")[0]
    assert detailed in (("E=e,mark=m out1", "mark=m,E=e out1") if driver == "json-file" else (" out1", "out1"))
    cli("logs", "--since", "nonsense", name).fails(1, 'invalid value for "since"|parsing time|failed to parse')
    assert cli("logs", "--tail", "nonsense", name).out == said.out


def test_each_line_is_a_frame_of_its_own(cli: Client, driver: str) -> None:
    """docker-py hands on frames, and its users take them for lines."""
    name = cli.running("--log-driver", driver, command=(*SH, "echo one; echo two; printf end"))
    cli("wait", name).ok()
    answer = cli.engine.api("GET", f"/containers/{name}/logs?stdout=1")[1]
    assert answer == b"\1\0\0\0\0\0\0\4one\n\1\0\0\0\0\0\0\4two\n\1\0\0\0\0\0\0\3end"


def test_follow_ends_with_the_container(cli: Client, driver: str) -> None:
    name = cli.running("--log-driver", driver, command=(*SH, "echo one; sleep 0.5; echo two; sleep 0.3; exit 2"))
    said = cli("logs", "-f", name)
    assert (said.code, said.out) == (0, "one\ntwo\n")


def test_follow_since_and_tail(cli: Client) -> None:
    name = cli.running(command=(*SH, "i=0; while :; do i=$((i+1)); echo $i; sleep 0.05; done"))
    until(lambda: len(cli("logs", name).out) > 10)
    process = cli.spawn("logs", "-f", "--tail", "1", name)
    assert process.stdout is not None
    first = int(process.stdout.readline())
    assert [int(process.stdout.readline()) for _ in range(5)] == list(range(first + 1, first + 6))


def test_long_lines_and_no_newline(cli: Client, driver: str) -> None:
    name = cli.name()
    script = "head -c 40000 /dev/zero | tr '\\0' x; echo; printf last"
    cli("run", "--name", name, "--network", "none", "--log-driver", driver, cli.engine.image, *SH, script).ok()
    assert cli("logs", name).out == "x" * 40000 + "\nlast"


def test_of_a_terminal(cli: Client) -> None:
    name = cli.name()
    cli("run", "-t", "--name", name, "--network", "none", cli.engine.image, *SH, "echo a; echo b >&2").ok()
    said = cli("logs", name)
    assert (said.out, said.err) == ("a\r\nb\r\n", "")


def test_none_is_not_read(cli: Client) -> None:
    name = cli.name()
    words = ("run", "--name", name, "--network", "none", "--log-driver", "none", cli.engine.image, "echo", "x")
    assert cli(*words).out == "x\n"
    cli("logs", name).fails(1, "configured logging driver does not support reading")


def test_rotation_keeps_the_newest(cli: Client, driver: str) -> None:
    name = cli.name()
    options = ("--log-driver", driver, "--log-opt", "max-size=20k", "--log-opt", "max-file=3")
    script = "seq 1 60000 | sed 's/^/line /'"
    cli("run", "--name", name, "--network", "none", *options, cli.engine.image, *SH, script).ok()
    lines = cli("logs", name).ok().split("\n")
    assert lines[-1] == "line 60000" and 100 < len(lines) < 60000
    first = int(lines[0].split()[1])
    assert lines == [f"line {n}" for n in range(first, 60001)]


def test_written_while_nobody_listens(cli: Client) -> None:
    name = cli.running(command=(*SH, "while [ ! -e /go ]; do sleep 0.05; done; echo later; sleep 1000"))
    assert cli("logs", name).out == ""
    cli("exec", name, "touch", "/go").ok()
    assert until(lambda: cli("logs", name).out == "later\n")


@pytest.mark.compat
def test_a_tag_and_chosen_attributes(cli: Client) -> None:
    name = cli.name()
    options = ["--label", "a=1", "--label", "bb=2", "-e", "X=3", "-e", "XY=4"]
    for option in ("labels=a", "labels-regex=^b", "env=X", "env-regex=Y$", "tag={{.Name}}/{{truncate .ID 4}}"):
        options += ["--log-opt", option]
    cli("run", "--name", name, "--network", "none", *options, cli.engine.image, "echo", "x").ok()
    number = cli.field(name, "{{.Id}}")
    assert cli("logs", "--details", name).out == f"X=3,XY=4,a=1,bb=2,tag={name}%2F{number[:4]} x\n"


@pytest.mark.compat
def test_a_log_that_nobody_waits_for(cli: Client, driver: str) -> None:
    name = cli.name()
    options = ("--log-driver", driver, "--log-opt", "mode=non-blocking", "--log-opt", "max-buffer-size=4m")
    cli("run", "--name", name, "--network", "none", *options, cli.engine.image, "seq", "20000").ok()
    assert cli("logs", name).out == "".join(f"{number}\n" for number in range(1, 20001))
