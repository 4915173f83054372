"""The networks of containers: none, host, another container's, and the default bridge with published ports."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from support.client import Client
from support.space import until

pytestmark = pytest.mark.compat

SH = ("sh", "-c")
WEB = (*SH, "mkdir /w; echo from $HOSTNAME > /w/index.html; exec httpd -f -p 80 -h /w")


@pytest.fixture
def lan(cli: Client) -> Iterator[str]:
    """Another machine on the engine's network: its network namespace's name there."""
    name = "e2elan"
    cli.engine.sh(
        f"ip netns add {name}; ip link add e2elan0 type veth peer name eth0 netns {name};"
        f"ip addr add 10.213.0.1/24 dev e2elan0; ip link set e2elan0 up;"
        f"ip -n {name} addr add 10.213.0.2/24 dev eth0; ip -n {name} link set eth0 up; ip -n {name} link set lo up"
    )
    yield name
    cli.engine.sh(f"ip link del e2elan0; ip netns del {name}")


def fetch(cli: Client, address: str, port: int) -> str:
    """What an HTTP server says to somebody in the engine's network namespace; waits for it."""
    said = ""

    def got() -> bool:
        nonlocal said
        said = cli.engine.say(address, port)
        return bool(said)

    until(got, 5)
    return said


def test_bridge_gives_address_route_and_names(cli: Client) -> None:
    name = cli.running("--network", "bridge", "--hostname", "web")
    network = cli.inspect(name)["NetworkSettings"]
    bridge = network["Networks"]["bridge"]
    assert re.fullmatch(r"172\.17\.\d+\.\d+", bridge["IPAddress"]) and bridge["Gateway"] == "172.17.0.1"
    assert bridge["IPPrefixLen"] == 16 and re.fullmatch("(..:){5}..", bridge["MacAddress"])
    inside = cli("exec", name, *SH, "ip -4 -o addr show eth0; ip route; cat /etc/hosts").ok()
    assert f"inet {bridge['IPAddress']}/16" in inside
    assert "default via 172.17.0.1 dev eth0" in inside
    assert f"{bridge['IPAddress']}\tweb" in inside
    assert cli("exec", name, "cat", "/sys/class/net/eth0/address").ok() == bridge["MacAddress"]


def test_containers_reach_each_other_the_host_and_the_outside(cli: Client, lan: str) -> None:
    name = cli.running("--network", "bridge", command=WEB)
    address = cli.field(name, "{{.NetworkSettings.Networks.bridge.IPAddress}}")
    assert fetch(cli, address, 80).startswith("from")
    said = cli(
        "run",
        "--rm",
        cli.engine.image,
        *SH,
        f"wget -T 5 -q -O - http://{address}/; ping -c 1 -W 3 172.17.0.1; ping -c 1 -W 3 10.213.0.2",
    )
    assert said.code == 0 and "from" in said.out and said.out.count(" 0% packet loss") == 2, said


def test_outgoing_is_masqueraded(cli: Client, lan: str) -> None:
    said = cli.engine.sh(f"ip netns exec {lan} ip route")
    assert "default" not in said  # an answer to an unmasked address would find no way
    result = cli("run", "--rm", cli.engine.image, "ping", "-c", "1", "-W", "3", "10.213.0.2")
    assert " 0% packet loss" in result.out, result


PUBLISHED = [
    ("port", ["-p", "28090:80"], 28090, True),
    ("address-and-port", ["-p", "127.0.0.1:28091:80"], 28091, False),
    ("lan-address", ["-p", "10.213.0.1:28092:80"], 28092, True),
]


@pytest.mark.parametrize(("flags", "port", "outside"), [pytest.param(*row[1:], id=row[0]) for row in PUBLISHED])
def test_published_ports(cli: Client, lan: str, flags: list[str], port: int, outside: bool) -> None:
    name = cli.running(*flags, "--hostname", "published", command=WEB)
    local = "10.213.0.1" if "10.213" in flags[1] else "127.0.0.1"
    assert fetch(cli, local, port) == "from published"
    remote = cli.engine.say("10.213.0.1", port, namespace=lan)
    assert remote == ("from published" if outside else "")
    cli("stop", "-t", "0", name).ok()
    assert cli.engine.say(local, port) == ""
    cli("start", name).ok()
    assert fetch(cli, local, port) == "from published"


ECHO = (
    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 9000))\n"
    "while True: s.sendto(*s.recvfrom(999))"
)


def test_published_udp(cli: Client) -> None:
    name = cli.running("-p", "28093:9000/udp")
    pid = cli.field(name, "{{.State.Pid}}")
    server = subprocess.Popen(["nsenter", "-t", pid, "--net", sys.executable, "-I", "-S", "-c", ECHO])
    try:
        assert until(lambda: cli.engine.say("127.0.0.1", 28093, "hello", udp=True) == "hello", 10)
    finally:
        server.kill()
        server.wait()


def test_publish_all_and_random_port(cli: Client) -> None:
    name = cli.running("-P", "--expose", "80", "--network", "bridge", "--hostname", "all", command=WEB)
    port = int(cli("port", name, "80").ok().split("\n")[0].rpartition(":")[2])
    assert fetch(cli, "127.0.0.1", port) == "from all"


def test_a_port_in_use(cli: Client) -> None:
    first, second = cli.running("-p", "28094:80"), cli.name()
    said = cli("run", "-d", "--name", second, "-p", "28094:80", cli.engine.image, "sleep", "1000")
    said.fails(125, r"driver failed programming external connectivity on endpoint|port is already allocated")
    assert "port is already allocated" in said.err
    assert cli.field(second, "{{.State.Status}}") == "created"
    cli("rm", "-f", first).ok()
    cli("start", second).ok()


def test_another_containers_network(cli: Client) -> None:
    first = cli.running("--network", "bridge", "--hostname", "first", command=WEB)
    said = cli(
        "run",
        "--rm",
        "--network",
        f"container:{first}",
        cli.engine.image,
        *SH,
        "hostname; wget -q -O - http://127.0.0.1/",
    )
    assert said.ok() == "first\nfrom first"


def test_host_network(cli: Client) -> None:
    said = cli("run", "--rm", "--network", "host", cli.engine.image, *SH, "readlink /proc/self/ns/net; hostname").ok()
    namespace, hostname = said.split("\n")
    assert namespace == cli.engine.sh("readlink /proc/self/ns/net") and hostname == socket.gethostname()


def test_none_and_a_veth_by_hand(cli: Client) -> None:
    """The walk-through of a container's network made by hand: a link, an address and a route of our own."""
    name = cli.running("--network", "none")
    keep = cli.running("--network", "bridge")  # the bridge is up
    pid = int(cli.field(name, "{{.State.Pid}}"))
    bridge = cli("network", "inspect", "-f", '{{index .Options "com.docker.network.bridge.name"}}', "bridge").ok()
    cli.engine.sh(
        f"mkdir -p /var/run/netns; ln -sf /proc/{pid}/ns/net /var/run/netns/{pid};"
        f"ip link add e2eA type veth peer name e2eB; ip link set e2eA master {bridge}; ip link set e2eA up;"
        f"ip link set e2eB netns {pid}; ip netns exec {pid} ip link set dev e2eB name eth0;"
        f"ip netns exec {pid} ip link set eth0 up; ip netns exec {pid} ip addr add 172.17.200.99/16 dev eth0;"
        f"ip netns exec {pid} ip route add default via 172.17.0.1"
    )
    said = cli("exec", name, *SH, "ip -4 -o addr show eth0; ip route; ping -c 1 -W 3 172.17.0.1").ok()
    assert "172.17.200.99/16" in said and "default via 172.17.0.1" in said and " 0% packet loss" in said
    address = cli.field(keep, "{{.NetworkSettings.Networks.bridge.IPAddress}}")
    assert " 0% packet loss" in cli("exec", name, "ping", "-c", "1", "-W", "3", address).ok()
    cli("rm", "-f", name).ok()
    assert until(lambda: "gone" in cli.engine.sh("ip link show e2eA 2>/dev/null || echo gone"))
    cli.engine.sh(f"rm -f /var/run/netns/{pid}")


def test_list_and_inspect(cli: Client) -> None:
    rows = [json.loads(line) for line in cli("network", "ls", "--format", cli.json).ok().split("\n")]
    assert {(row["Name"], row["Driver"]) for row in rows} >= {("bridge", "bridge"), ("host", "host"), ("none", "null")}
    name = cli.running("--network", "bridge")
    document = json.loads(cli("network", "inspect", "bridge").ok())[0]
    assert document["Containers"][cli.field(name, "{{.Id}}")]["Name"] == name
    cli("network", "inspect", "nonsense").fails(1, "network nonsense not found|No such network: nonsense")


def test_links_and_rules_are_gone_afterwards(cli: Client) -> None:
    name = cli.running("-p", "28095:80")
    assert "28095" in cli.engine.sh("nft list ruleset")
    cli("rm", "-f", name).ok()
    assert "28095" not in cli.engine.sh("nft list ruleset")

    def links() -> list[str]:
        return [link["ifname"] for link in json.loads(cli.engine.sh("ip -j link"))]

    # The kernel takes a dead container's links down with its namespace, in its own time.
    assert until(lambda: not [name for name in links() if name.startswith("veth")], 20)


@pytest.mark.compat
def test_a_network_that_is_not_there_is_missed_at_the_start(cli: Client, docker: Client) -> None:
    name = cli.name("lost")
    cli("create", "--network", "nonsense", "--name", name, cli.engine.image, "true").ok()
    cli("start", name).fails(1, "network nonsense not found")
    said = docker.field(name, "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}")
    # dockerd says whose failure it is since version 28
    assert said.replace("failed to set up container networking: ", "") == "created 128 network nonsense not found"
    assert docker.engine.api("POST", f"/containers/{name}/start")[0] == 404


def test_a_container_whose_network_is_shared_may_be_renamed(cli: Client) -> None:
    first, second, other = cli.running(), cli.name(), cli.name()
    cli("create", "--name", second, "--network", f"container:{first}", "--pid", f"container:{first}",
        cli.engine.image, "sleep", "1000").ok()  # fmt: skip
    full = cli.field(first, "{{.Id}}")
    modes = cli.field(second, "{{.HostConfig.NetworkMode}} {{.HostConfig.PidMode}}")
    assert modes == f"container:{full} container:{full}"
    cli("rename", first, other).ok()
    cli("start", second).ok()
    cli("rename", other, first).ok()


def test_the_sandbox_key_leads_to_the_containers_namespace(cli: Client) -> None:
    name = cli.running()
    key = cli.field(name, "{{.NetworkSettings.SandboxKey}}")
    there = cli.engine.sh(f"stat -L -c %i {key}")
    assert cli("exec", name, *SH, "readlink /proc/self/ns/net").ok() == f"net:[{there}]"


@pytest.mark.parametrize("network", ["bridge", "none"])
def test_an_address_of_ones_own_is_refused_on_predefined_networks(cli: Client, network: str) -> None:
    flags = {"--ip6": "fd00::9"} if network == "bridge" else {"--ip": "172.17.0.99", "--ip6": "fd00::9"}
    for flag, address in flags.items():
        said = cli("run", "--rm", "--network", network, flag, address, cli.engine.image, "true")
        said.fails(125, "user specified IP address is supported on user defined networks only")


def test_who_is_in_the_network_of_one_that_ended_has_none_until_restarted(cli: Client) -> None:
    first = cli.running("--network", "bridge")
    second = cli.running("--network", f"container:{first}")
    assert "eth0" in cli("exec", second, "ip", "addr").ok()
    cli("stop", "-t", "0", first).ok()
    assert until(lambda: "eth0" not in cli("exec", second, "ip", "addr").ok())
    cli("start", first).ok()
    cli("restart", "-t", "0", second).ok()
    assert "eth0" in cli("exec", second, "ip", "addr").ok()
