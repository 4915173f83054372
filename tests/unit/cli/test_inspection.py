"""``inspect`` by a template: Docker's structs first, the answer as it came where those do not do."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("template", "out"),
    [
        ("{{.ID}}", "x"),
        ("{{.Id}}", "x"),
        ('{{.Id}}\\t{{"\\n" | len}}\\n', "x\\t1\\n"),
        ("{{eq .HostConfig.PidsLimit nil}}", "true"),
        ("{{.HostConfig.CpuShares}} {{.HostConfig.Dns}}", "5 <no value>"),
        ("{{len .HostConfig.Binds}}{{.HostConfig.Binds}}{{json .HostConfig.Binds}}", "0[]null"),
    ],
)
def test_structs_and_the_raw_answer(engine: Any, hutch: Any, template: str, out: str) -> None:
    engine.on("GET /containers/x/json", {"Id": "x", "HostConfig": {"CpuShares": 5, "Dns": None, "Binds": None}})
    assert hutch("inspect", "--type", "container", "-f", template, "x") == (0, f"{out}\n", "")


def test_a_volume_is_not_kept_as_it_came(engine: Any, hutch: Any) -> None:
    engine.on("GET /volumes/v", {"Name": "v"})
    where = 'template parsing error: template: :1:2: executing "" at <.Id>: '
    error = f"{where}can't evaluate field Id in type volume.Volume\n"
    assert hutch("volume", "inspect", "-f", "{{.Id}}", "v") == (1, "\n", error)


def test_a_name_for_several_is_told_and_not_looked_for_elsewhere(engine: Any, hutch: Any) -> None:
    engine.on("GET /containers/a/json", {"message": "multiple IDs found with provided prefix: a"}, status=400)
    engine.on("GET /networks/a", {"Name": "a"})
    said = "Error response from daemon: multiple IDs found with provided prefix: a\n"
    assert hutch("inspect", "a") == (1, "[]\n", said)
