"""``hutch ps`` against a scripted engine."""

from __future__ import annotations

from typing import Any

CONTAINER = {
    "Id": "0123456789abcdef",
    "Names": ["/web"],
    "Image": "busybox",
    "Command": "sleep 1000000000000000000",
    "Created": 1700000000,
    "State": "running",
    "Status": "Up 3 hours",
    "Ports": [{"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}],
    "Labels": {"a": "b"},
    "Mounts": [],
    "NetworkSettings": {"Networks": {"bridge": {}}},
}


def test_the_table(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/json", [CONTAINER])
    code, out, err = hutch("ps", "-a", "--filter", "label=x=y")
    head, line = out.splitlines()
    assert (code, err) == (0, "")
    assert head.split() == ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    assert line.startswith('0123456789ab   busybox   "sleep 1000000000000…"   ')
    assert line.endswith("Up 3 hours   0.0.0.0:8080->80/tcp   web")
    assert engine.targets() == ["GET /containers/json?all=1&filters=%7B%22label%22:%7B%22x%3Dy%22:true%7D%7D"]


def test_quiet_and_formats(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/json", [CONTAINER])
    assert hutch("ps", "-q")[1] == "0123456789ab\n"
    assert hutch("ps", "-q", "--no-trunc")[1] == "0123456789abcdef\n"
    assert hutch("ps", "--format", '{{.Names}} {{.Label "a"}}')[1] == "web b\n"
    assert hutch("ps", "--format", "table {{.Names}}\\t{{.State}}")[1] == "NAMES     STATE\nweb       running\n"
    assert '"Names":"web"' in hutch("ps", "--format", "json")[1]


def test_flag_errors_are_125_and_arguments_1(engine: Any, hutch: Any) -> None:
    assert hutch("ps", "--foo") == (
        125,
        "",
        "unknown flag: --foo\n\nUsage:  hutch ps [OPTIONS]\n\nRun 'hutch ps --help' for more information\n",
    )
    assert hutch("ps", "x")[0] == 1
