"""Templates: the same words print the same with ``hutch`` and with the stock command, error texts included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from support.client import Client
from support.engine import Engine

ODD = [
    "{{json .}}", "{{len .}}", "{{range .Foo}}x{{end}}", "{{json .Name}}", "{{if .Foo}}a{{end}}", "{{.Foo}}",
    '{{printf "%d" .Name}}', "{{.Name | upper}}", '{{index . "Name"}}', "{{.Id}} {{.ID}}", "{{.Id}}",
    "{{println .Name}}", "{{", "{{.Name", "{{foo}}", "{{.Name}", "{{.Name }", "{{end}}", "table {{.Name}}",
    "{{.Name.Foo}}",
]  # fmt: skip
FORMS = ("{{%s}}", "{{json %s}}", "{{len %s}}", "{{if %s}}y{{else}}n{{end}}")
OF = {
    "container": [
        ".ID", ".Args", ".State.Health", ".State.Health.Status", ".State.Error", ".SizeRw", ".Mounts", ".ExecIDs",
        ".HostConfig.Init", ".HostConfig.Tmpfs", ".HostConfig.Binds", ".HostConfig.Mounts", ".HostConfig.DNS",
        ".HostConfig.Dns", ".HostConfig.CPUShares", ".HostConfig.CpuShares", ".HostConfig.KernelMemory",
        ".HostConfig.OomKillDisable", ".HostConfig.MemorySwappiness", ".HostConfig.PidsLimit", ".HostConfig.Ulimits",
        ".HostConfig.Devices", ".HostConfig.Sysctls", ".HostConfig.RestartPolicy", ".HostConfig.LogConfig",
        ".HostConfig.PortBindings", ".HostConfig.ConsoleSize", ".HostConfig.CapAdd", ".HostConfig.Foo.Bar",
        ".Config.ExposedPorts", ".Config.Healthcheck", ".Config.Shell", ".Config.StopTimeout", ".Config.StopSignal",
        ".Config.Entrypoint", ".Config.OnBuild", ".Config.Volumes", ".Config.Labels", ".Config.Labels.a",
        ".Config.Labels.nope", ".NetworkSettings.Ports", ".NetworkSettings.SecondaryIPAddresses",
        ".NetworkSettings.Networks.nope", ".NetworkSettings.Networks.nope.IPAddress", ".NetworkSettings.IPAddress",
    ],
    "image": [".ID", ".Config", ".Config.ExposedPorts", ".Config.Healthcheck", ".Variant", ".Container", ".RootFS",
              ".ContainerConfig", ".RepoDigests", ".Size", ".Config.Labels", ".Config.Cmd", ".Metadata.LastTagTime"],
    "network": [".ID", ".Peers", ".Services", ".IPAM.Config", ".IPAM.Foo", ".Containers.x.Name", ".ConfigFrom",
                ".Created", ".EnableIPv6", ".Labels", ".Options"],
    "volume": [".Status", ".UsageData", ".ClusterVolume", ".Labels.a", ".Labels.zz", ".Options", ".Mountpoint"],
}  # fmt: skip
WHOLE = [
    "{{range $k, $v := .NetworkSettings.Ports}}{{$k}}={{$v}};{{end}}",
    '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}',
    '{{(index (index .NetworkSettings.Ports "99/tcp") 0).HostPort}}',
    '{{index .NetworkSettings.Ports "81/tcp"}}',
    '{{index .Config.Labels "zz"}}|{{json (index .Config.Labels "zz")}}',
    "{{range .Mounts}}{{.Source}} {{.RW}} {{.Name}};{{end}}",
    "{{range .HostConfig.Binds}}{{.}}{{else}}none{{end}}",
    '{{join .Config.Cmd " "}}', '{{join .Args ","}}', "{{.State.Health}}", "{{.Config.Healthcheck.Interval}}",
    "{{range .HostConfig.Ulimits}}{{.Name}}{{end}}", '{{eq .State.Status "running"}}', "{{eq .State.ExitCode 0}}",
    "{{slice .ID 0 12}}", "{{eq .HostConfig.PidsLimit 50}}", "{{index .Args 7}}", "{{title .Name}}",
]  # fmt: skip
LISTS = {
    "ps -a": [".ID", ".Ports", ".Size", ".Labels", ".Mounts", ".Platform", '.Label "a"', '.Label "zz"', ".names"],
    "images": [".ID", ".Digest", ".SharedSize", ".VirtualSize", ".Containers"],
    "volume ls": [".Name", ".Labels", ".Links", ".Size", ".Availability", '.Label "a"'],
    "network ls": [".ID", ".IPv6", ".Internal", ".Labels", ".CreatedAt"],
}
LINES = [
    "json",
    "table",
    "raw",
    "",
    "{{",
    "{{.ID}}\\n",
    '{{printf "%-20s|" .ID}}',
    "table {{truncate .ID 5}}\\t{{.Labels}}",
]
INFO = [".NCPU", ".HTTPProxy", ".HttpProxy", ".Swarm", ".Swarm.Cluster", ".Runtimes", ".Warnings", ".Foo", ".Labels",
        ".DefaultAddressPools", ".Containerd", ".SecurityOptions", ".Plugins", ".DriverStatus"]  # fmt: skip
VERSION = [".Server.APIVersion", ".Server.ApiVersion", ".Server.Platform", ".Server.Components", ".Foo", ".Client.Os"]
EVENT = ["{{.Type}} {{.Action}}", "{{json .}}", "{{.Actor.Attributes.zz}}", "{{.Foo}}", "{{.Actor}}", "json", "{{"]


@pytest.fixture(scope="module")
def both(engine: Engine) -> Iterator[tuple[Client, Client]]:
    """Both commands, with a container of many options, one of none, and volumes to look at."""
    docker, hutch = Client(engine, "docker"), Client(engine, "hutch")
    docker.needs(28)
    docker("volume", "create", "--label", "a=b", "shown").ok()
    docker("create", "--name", "plain-shown", engine.image, "true").ok()
    options = (
        "-p 127.0.0.1:18080:80 -p 53/udp --expose 99 -v shown:/v -v /tmp:/t:ro --tmpfs /x --label a=b -e A=b --init "
        "--cap-add NET_ADMIN --dns 1.1.1.1 --ulimit nofile=100:200 --device /dev/null --memory 64m --pids-limit 50 "
        "--restart on-failure:3 --stop-timeout 3 --stop-signal INT --health-cmd true --health-interval 1h "
        "--log-opt max-size=1m --sysctl net.ipv4.ip_forward=1"
    )
    docker("run", "-d", "--name", "rich-shown", *options.split(), engine.image, "sleep", "1000").ok()
    yield docker, hutch
    for name in ("plain-shown", "rich-shown"):
        engine.api("DELETE", f"/containers/{name}?force=1")
    engine.api("DELETE", "/volumes/shown")


def differences(both: tuple[Client, Client], command: list[str], flag: str, formats: list[str]) -> list[Any]:
    found = []
    for text in formats:
        for _ in range(2):  # a second may begin between the two ("9 seconds ago")
            docker, hutch = (client(*command, flag, text) for client in both)
            if (docker.code, docker.out, docker.err.strip()) == (hutch.code, hutch.out, hutch.err.strip()):
                break
        else:
            found.append((docker, hutch))
    return found


def forms(paths: list[str]) -> list[str]:
    return [form % path for path in paths for form in FORMS]


@pytest.mark.parametrize(
    ("kind", "name"), [("container", "rich-shown"), ("container", "plain-shown"), ("image", ""), ("volume", "shown"),
                       ("network", "bridge"), ("network", "none")]
)  # fmt: skip
def test_inspect(both: tuple[Client, Client], engine: Engine, kind: str, name: str) -> None:
    formats = forms(OF[kind]) + ODD + (WHOLE if kind == "container" else [])
    assert not differences(both, [kind, "inspect", name or engine.image], "-f", formats)


@pytest.mark.parametrize("command", sorted(LISTS))
def test_lists(both: tuple[Client, Client], command: str) -> None:
    formats = [form % path for path in LISTS[command] for form in ("{{%s}}", "table {{%s}}", "{{if %s}}y{{end}}")]
    assert not differences(both, command.split(), "--format", formats + LINES)


@pytest.mark.parametrize(("command", "paths"), [("info", INFO), ("version", VERSION)])
def test_the_engine(both: tuple[Client, Client], command: str, paths: list[str]) -> None:
    assert not differences(both, [command], "-f", [form % path for path in paths for form in ("{{%s}}", "{{json %s}}")])


def test_events(both: tuple[Client, Client]) -> None:
    assert not differences(both, ["events", "--since", "0", "--until", "1700000000"], "--format", EVENT)
