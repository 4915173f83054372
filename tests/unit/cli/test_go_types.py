from __future__ import annotations

import pytest

from hutch.cli.go_types import KINDS, typed
from hutch.model.template.evaluate import Template
from hutch.model.template.typed import plain


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_can_be_made_of_nothing(kind: str) -> None:
    """All structs that are named are in the table."""
    assert Template("{{json .}}").render(typed({}, kind)).startswith("{")


@pytest.mark.parametrize(
    ("template", "out"),
    [
        ("{{.Config.ExposedPorts}} {{len .Config.Env}}", "map[80/tcp:{}] 0"),
        ("{{.HostConfig.Init}} {{if .HostConfig.OomKillDisable}}set{{end}}", "<nil> set"),
        ("{{.HostConfig.Ulimits}}", "[nofile=1:2]"),
        ("{{.NetworkSettings.Networks.none.IPAddress}}", "<no value>"),
        ("{{with .State.Health}}health{{else}}none{{end}}", "none"),
        ("{{.HostConfig.RestartPolicy}}", "{always 0}"),
    ],
)
def test_zero_values_are_those_of_the_types(template: str, out: str) -> None:
    limits = [{"Name": "nofile", "Soft": 1, "Hard": 2}]
    host = {"OomKillDisable": False, "Ulimits": limits, "RestartPolicy": {"Name": "always"}}
    value = {"Config": {"ExposedPorts": {"80/tcp": {}}}, "HostConfig": host, "State": {}, "NetworkSettings": {}}
    assert Template(template).render(typed(value, "container")) == out


def test_empty_fields_are_left_out_of_json_where_docker_does() -> None:
    value = plain(typed({"Name": "v", "Labels": None}, "volume"))
    assert value == {"Driver": "", "Labels": None, "Mountpoint": "", "Name": "v", "Options": None, "Scope": ""}
