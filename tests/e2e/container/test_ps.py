# ruff: noqa: E501 - one case a line
"""``ps``, ``inspect``, ``top``, ``port``: what is told of containers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from support.client import Client
from support.engine import Engine
from support.space import until

pytestmark = pytest.mark.compat


class Three:
    """A running, an ended and a created container, told apart by one label."""

    def __init__(self, client: Client) -> None:
        self.mark = client.name("mark")
        flags = ("-l", f"mark={self.mark}", "--network", "none")
        self.running = client.running(*flags, "-l", "color=red", "--hostname", "inner")
        self.ended, self.created = client.name("ended"), client.name("created")
        client("run", "--name", self.ended, *flags, client.engine.image, "sh", "-c", "exit 3")
        client(
            "create", "--name", self.created, *flags, "-v", "/vol", client.engine.image, "echo", "with space", "x" * 40
        ).ok()


@pytest.fixture(scope="module")
def three(engine: Engine) -> Iterator[Three]:
    client = Client(engine, "docker")
    yield Three(client)
    client.close()


LISTED = [
    ("running-only", [], ["running"]),
    ("all", ["-a"], ["created", "ended", "running"]),
    ("last-two", ["-n", "2"], ["created", "ended"]),
    ("latest", ["-l"], ["created"]),
    ("status-exited", ["--filter", "status=exited"], ["ended"]),
    ("status-created", ["--filter", "status=created"], ["created"]),
    ("two-statuses", ["--filter", "status=created", "--filter", "status=running"], ["created", "running"]),
    ("exit-code", ["-a", "--filter", "exited=3"], ["ended"]),
    ("label-value", ["-a", "--filter", "label=color=red"], ["running"]),
    ("label-key", ["-a", "--filter", "label=color"], ["running"]),
    ("name", ["-a", "--filter", "name=-ended-"], ["ended"]),
    ("name-anchored", ["-a", "--filter", "name=^/?e2e-.*-ended-\\d+$"], ["ended"]),
    ("ancestor", ["-a", "--filter", "ancestor=e2e-busybox"], ["created", "ended", "running"]),
    ("other-ancestor", ["-a", "--filter", "ancestor=nothing"], []),
    ("volume", ["-a", "--filter", "volume=/vol"], ["created"]),
    ("network", ["-a", "--filter", "network=none"], ["created", "ended", "running"]),
    ("before", ["-a", "--filter", "before=ENDED"], ["running"]),
    ("since", ["-a", "--filter", "since=ENDED"], ["created"]),
    ("id", ["-a", "--filter", "id=RUNNING"], ["running"]),
    ("is-task", ["-a", "--filter", "is-task=true"], []),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "shown"), [pytest.param(*row[1:], id=row[0]) for row in LISTED])
def test_filters(cli: Client, three: Three, flags: list[str], shown: list[str]) -> None:
    if "-n" in flags or "-l" in flags:  # of all containers of the engine: ours were made last
        mark: list[str] = []
    else:
        mark = ["--filter", f"label=mark={three.mark}"]
    flags = [flag.replace("ENDED", three.ended) for flag in flags]
    if "id=RUNNING" in flags:
        flags = ["-a", "--filter", f"id={cli.field(three.running, '{{.Id}}')[:12]}"]
    if "-n" in flags or "-l" in flags:
        client = Client(cli.engine, cli.tool)
        again = Three(client)
        said = cli("ps", *flags, "--format", "{{.Names}}").ok().split("\n")
        expected = [getattr(again, which) for which in shown]
        client.close()
        assert said == expected
        return
    said = cli("ps", *mark, *flags, "--format", "{{.Names}}").ok()
    assert said.split("\n") == ([getattr(three, which) for which in shown] or [""])


def test_the_table(cli: Client, three: Three) -> None:
    lines = cli("ps", "-a", "--filter", f"label=mark={three.mark}").ok().split("\n")
    assert lines[0].split() == ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    assert re.fullmatch(
        rf'[0-9a-f]{{12}}\s+e2e-busybox:latest\s+"sleep 1000"\s+\d+ (second|minute)s? ago\s+Up .*{three.running}',
        lines[3],
    ) or re.fullmatch(
        rf'[0-9a-f]{{12}}\s+e2e-busybox:latest\s+"sleep 1000"\s+(Less than a|\d+|About a) (second|minute)s? ago\s+Up .*{three.running}',
        lines[3],
    )
    assert re.search(rf"Exited \(3\) .* ago\s+{three.ended}$", lines[2])
    assert re.search(rf'"echo \'with space\' x…"\s+.*Created\s+{three.created}$', lines[1])
    columns = [line.index(word) for line, word in zip(lines[1:], ("Created", "Exited", "Up"), strict=True)]
    assert set(columns) == {lines[0].index("STATUS")}


FORMATS = [
    ("names", "{{.Names}}", "{name}"),
    ("id", "{{.ID}}", "[0-9a-f]{{12}}"),
    ("image-command", "{{.Image}}|{{.Command}}", r'e2e-busybox:latest\|"sleep 1000"'),
    ("state", "{{.State}} {{.Status}}", "running Up .*"),
    ("labels", '{{.Label "color"}} {{.Labels}}', "red .*color=red.*"),
    ("networks-mounts", "{{.Networks}}|{{.Mounts}}|{{.LocalVolumes}}", r"none\|\|0"),
    ("upper", "{{upper .Names}}", "{NAME}"),
    ("json-one", "{{json .Names}}", '"{name}"'),
    ("size", "{{.Size}}", r"\d.*B \(virtual .*B\)"),
    ("created", "{{.CreatedAt}}", r"\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC"),
    ("running-for", "{{.RunningFor}}", ".* ago"),
]


@pytest.mark.parametrize(("template", "shows"), [pytest.param(*row[1:], id=row[0]) for row in FORMATS])
def test_formats(cli: Client, three: Three, template: str, shows: str) -> None:
    said = cli("ps", "--filter", f"name={three.running}", "--format", template).ok()
    assert re.fullmatch(shows.format(name=three.running, NAME=three.running.upper()), said), said


def test_quiet_full_table_and_json(cli: Client, three: Three) -> None:
    mark = ("--filter", f"name={three.running}")
    identifier = cli.field(three.running, "{{.Id}}")
    assert cli("ps", "-q", *mark).ok() == identifier[:12]
    assert cli("ps", "-q", "--no-trunc", *mark).ok() == identifier
    table = cli("ps", "--format", "table {{.Names}}\t{{.State}}", *mark).ok().split("\n")
    assert table[0].split() == ["NAMES", "STATE"] and table[1].split() == [three.running, "running"]
    row = json.loads(cli("ps", "--format", cli.json, *mark).ok())
    assert row["Names"] == three.running and row["State"] == "running"
    assert "\tSIZE" in re.sub(" +", "\t", cli("ps", "-s", *mark).ok().split("\n")[0])


INSPECTED = [
    ("pid-is-a-number", "{{gt .State.Pid 1}}", "true"),
    ("json", "{{json .Config.Cmd}}", r'\["sleep","1000"\]'),
    ("index", '{{index .Config.Labels "color"}}', "red"),
    ("range", "{{range .Config.Cmd}}[{{.}}]{{end}}", r"\[sleep\]\[1000\]"),
    ("range-index", "{{range $i, $e := .Config.Cmd}}{{$i}}={{$e}} {{end}}", "0=sleep 1=1000 "),
    ("with-else", "{{with .Config.User}}user{{else}}nobody{{end}}", "nobody"),
    ("if-and", '{{if and .State.Running (eq .Config.Hostname "inner")}}yes{{end}}', "yes"),
    ("len", "{{len .Config.Cmd}}", "2"),
    ("printf", '{{printf "%s-%d-%v" .Name .State.ExitCode .State.Paused}}', "/{name}-0-false"),
    ("println", "{{println .Config.Hostname}}x", "inner\nx"),
    ("split-join", '{{join (split "a,b" ",") "+"}}', r"a\+b"),
    ("map", "{{.NetworkSettings.Networks}}", r"map\[none:.*\]"),
    ("nil-pointer", "{{if .State.Health}}{{.State.Health.Status}}{{else}}no health{{end}}", "no health"),
    ("slice-whole", "{{.Config.Cmd}}", r"\[sleep 1000\]"),
    ("truncate", "{{truncate .Id 7}}", "[0-9a-f]{{7}}"),
    ("networks", "{{range $k, $v := .NetworkSettings.Networks}}{{$k}}{{end}}", "none"),
    ("whitespace", "a {{- 1 -}} b", "a1b"),
    ("comment-and-variable", "{{/* c */}}{{$x := 3}}{{$x}}", "3"),
    ("time", "{{.Created}}", r"\d{{4}}-\d\d-\d\dT.*Z"),
    ("pretty", "{{json .Mounts}}", r"\[\]"),
]


@pytest.mark.parametrize(("template", "shows"), [pytest.param(*row[1:], id=row[0]) for row in INSPECTED])
def test_inspect_templates(cli: Client, three: Three, template: str, shows: str) -> None:
    said = cli("inspect", "-f", template, three.running)
    assert said.code == 0, said
    assert re.fullmatch(shows.format(name=three.running) + "\n", said.out), said


BROKEN = [
    ("{{.Nonsense}}", 1, 'template: .*<.Nonsense>: can\'t evaluate field Nonsense|map has no entry for key "Nonsense"'),
    ("{{.State", 64, "template parsing error: .*unclosed action|unclosed action"),
    ("{{nonsense .}}", 64, 'function "nonsense" not defined'),
]


@pytest.mark.parametrize(("template", "code", "message"), BROKEN)
def test_inspect_broken_templates(cli: Client, three: Three, template: str, code: int, message: str) -> None:
    cli("inspect", "-f", template, three.running).fails(code, message)


def test_inspect_of_several_kinds(cli: Client, three: Three) -> None:
    said = cli("inspect", three.running, cli.engine.image, "bridge")
    documents = json.loads(said.ok())
    assert [d.get("Name") or d["RepoTags"][0] for d in documents] == [f"/{three.running}", cli.engine.image, "bridge"]
    said = cli("inspect", three.running, "no-such-thing")
    assert said.code == 1 and len(json.loads(said.out)) == 1 and "No such object: no-such-thing" in said.err
    assert json.loads(cli("inspect", "-s", three.running).ok())[0]["SizeRootFs"] > 1_000_000
    cli("inspect", "--type", "image", three.running).fails(1, "[Nn]o such image: ")


def test_top(cli: Client) -> None:
    name = cli.running(command=("sh", "-c", "sleep 1000 & sleep 999"))
    assert until(lambda: len(cli("top", name).ok().split("\n")) == 3), "the shell and what it began"
    lines = cli("top", name).ok().split("\n")
    assert lines[0].split() == ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    assert "sleep 1000" in {line.split(None, 7)[7] for line in lines[1:]}
    assert cli.field(name, "{{.State.Pid}}") in {line.split()[1] for line in lines[1:]}
    short = cli("top", name, "-eo", "pid,args").ok().split("\n")
    assert short[0].split() == ["PID", "COMMAND"]
    cli("top", name, "-o", "args").fails(1, "[Cc]ouldn't find PID field in ps output")


def test_port(cli: Client) -> None:
    name = cli.running("-p", "127.0.0.1:28080:80", "-p", "28081:81/udp", "-p", "127.0.0.1::82")
    lines = cli("port", name).ok().split("\n")
    assert "80/tcp -> 127.0.0.1:28080" in lines and "81/udp -> 0.0.0.0:28081" in lines
    assert cli("port", name, "80").ok() == "127.0.0.1:28080"
    assert cli("port", name, "81/udp").ok().split("\n")[0] == "0.0.0.0:28081"
    assert re.fullmatch(r"127.0.0.1:\d+", cli("port", name, "82/tcp").ok())
    cli("port", name, "99").fails(1, "[nN]o public port '99(/tcp)?' published for ")
    assert "127.0.0.1:28080->80/tcp" in cli("ps", "--filter", f"name={name}", "--format", "{{.Ports}}").ok()


def test_sizes_are_those_of_the_image_and_of_what_was_written(docker: Client) -> None:
    image = int(docker("image", "inspect", "-f", "{{.Size}}", docker.engine.image).ok())
    name = docker.running()
    assert docker("inspect", "-s", "-f", "{{.SizeRw}} {{.SizeRootFs}}", name).ok() == f"0 {image}"
    docker(
        "exec", name, "sh", "-c", "ln -s /0123456789 /l; echo abc >/f; ln /f /g; mkfifo /p; mkdir /d; rm /bin/busybox"
    ).ok()
    size = len("/0123456789") + len("abc\n")  # a link has the length of its text, a file with two names is one
    assert docker("inspect", "-s", "-f", "{{.SizeRw}} {{.SizeRootFs}}", name).ok() == f"{size} {image + size}"
