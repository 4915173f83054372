"""The default bridge moves packets where it must, and nowhere else."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from hutch.model.errors import System

pytestmark = pytest.mark.kernel
Run = Callable[[Any], None]


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def _in(pid: int, *argv: str) -> str:
    done = subprocess.run(["nsenter", f"--net=/proc/{pid}/ns/net", *argv], check=True, capture_output=True, text=True)
    return done.stdout


def _add_route(world: Any, destination: str) -> None:
    _in(world.lan, "ip", "route", "add", destination, "via", world.HOST_LAN)


def test_a_container_has_its_interface_address_and_route(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks(mtu=1400)
        await networks.open()
        attachment = await world.join(networks, "one")
        shown = _in(world.containers["one"], "ip", "-o", "addr")
        assert f"{attachment.address}/{attachment.prefix}" in shown
        assert "inet6" not in "".join(line for line in shown.splitlines() if "eth0" in line)
        assert "127.0.0.1/8" in shown
        link = _in(world.containers["one"], "ip", "link", "show", "eth0")
        assert attachment.mac in link and "mtu 1400" in link
        assert f"default via {attachment.gateway} dev eth0" in _in(world.containers["one"], "ip", "route")
        await networks.close()

    in_world(scenario)


def test_an_interface_has_the_name_addresses_and_parameters_asked_for(in_world: Run) -> None:
    prefix = "com.docker.network.endpoint."
    options = {prefix + "ifname": "net0", prefix + "sysctls": "net.ipv4.conf.IFNAME.log_martians=1"}

    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        attachment = await world.join(networks, "one", driver_opts=options, link_local=["169.254.1.1"])
        pid = world.containers["one"]
        shown = _in(pid, "ip", "-o", "addr", "show", "net0")
        assert f"{attachment.address}/{attachment.prefix}" in shown and "169.254.1.1/16" in shown
        assert _in(pid, "cat", "/proc/sys/net/ipv4/conf/net0/log_martians").strip() == "1"
        with pytest.raises(System, match="/proc/sys/net/ipv4/conf/eth0/nope is not a sysctl file"):
            await world.join(networks, "two", driver_opts={prefix + "sysctls": "net.ipv4.conf.IFNAME.nope=1"})
        assert networks.attachment("two") is None
        await networks.close()

    in_world(scenario)


def test_ipv6_is_off_on_a_containers_interface_and_advertisements_are_ignored(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        await world.join(networks, "one")
        conf = "/proc/sys/net/ipv6/conf"
        if not os.path.exists(conf):
            return
        pid = world.containers["one"]
        assert _in(pid, "cat", f"{conf}/eth0/disable_ipv6").strip() == "1"
        assert _in(pid, "cat", f"{conf}/eth0/accept_ra").strip() == "0"
        with open(f"{conf}/hutch0/accept_ra", encoding="ascii") as file:
            assert file.read().strip() == "0"
        await networks.close()

    in_world(scenario)


def test_traffic_to_the_lan_has_the_hosts_address(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        await world.join(networks, "one")
        server = world.server(world.lan)
        assert world.reaches(world.containers["one"], world.LAN_PEER, 80, server) == world.HOST_LAN
        await networks.close()

    in_world(scenario)


def test_without_masquerade_the_container_keeps_its_address(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks(ip_masq=False)
        await networks.open()
        one = await world.join(networks, "one")
        _add_route(world, "172.16.0.0/12")
        server = world.server(world.lan)
        assert world.reaches(world.containers["one"], world.LAN_PEER, 80, server) == one.address
        await networks.close()

    in_world(scenario)


@pytest.mark.parametrize("filtered", [True, False])
@pytest.mark.parametrize("userland_proxy", [True, False])
def test_a_published_port_is_reached_from_lan_host_loopback_and_containers(
    in_world: Run, userland_proxy: bool, filtered: bool
) -> None:
    async def scenario(world: Any) -> None:
        world.filter_bridged_frames(filtered)
        networks = world.networks(userland_proxy=userland_proxy)
        await networks.open()
        await world.join(networks, "web", publish="8080")
        await world.join(networks, "other")
        server = world.server(world.containers["web"])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        assert world.reaches(None, world.HOST_LAN, 8080, server) is not None
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        assert (world.reaches(None, "::1", 8080, server) is not None) is userland_proxy
        assert world.reaches(world.containers["other"], world.HOST_LAN, 8080, server) is not None
        assert world.reaches(world.containers["web"], world.HOST_LAN, 8080, server) is not None
        await networks.leave(world.id_of("web"))
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) is None
        assert world.reaches(None, "127.0.0.1", 8080, server) is None
        await networks.close()

    in_world(scenario)


def test_what_is_not_published_is_not_reached_from_the_lan(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        web = await world.join(networks, "web", publish="8080")
        _add_route(world, "172.16.0.0/12")
        assert world.reaches(world.lan, web.address, 80, world.server(world.containers["web"])) is None
        assert world.reaches(world.lan, web.address, 81, world.server(world.containers["web"], 81)) is None
        await networks.close()

    in_world(scenario)


@pytest.mark.parametrize("userland_proxy", [True, False])
def test_a_port_published_on_loopback_is_not_reached_from_the_lan(in_world: Run, userland_proxy: bool) -> None:
    """moby#45610 and moby#41872: by the container's own address, and by a forged packet for 127.0.0.1."""

    async def scenario(world: Any) -> None:
        networks = world.networks(userland_proxy=userland_proxy)
        await networks.open()
        web = await world.join(networks, "web", publish="8080", host_ip="127.0.0.1")
        await world.join(networks, "dns", publish="5353", host_ip="127.0.0.1", port="53/udp")
        server = world.server(world.containers["web"])
        receiver = world.receiver(world.containers["dns"], 53)
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) is None
        _add_route(world, "172.16.0.0/12")
        assert world.reaches(world.lan, web.address, 80, server) is None
        assert world.arrives(None, "127.0.0.1", 5353, receiver)
        # The kernel drops loopback addresses from outside by itself, unless somebody turned that off.
        _run("sysctl", "-q", "-w", "net.ipv4.conf.lan0.route_localnet=1")
        _in(world.lan, "sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1")
        _in(world.lan, "ip", "route", "del", "table", "local", "127.0.0.0/8", "dev", "lo")
        _in(world.lan, "ip", "route", "del", "table", "local", "127.0.0.1", "dev", "lo")
        _add_route(world, "127.0.0.1/32")
        assert not world.arrives(world.lan, "127.0.0.1", 5353, receiver)
        # The same packet does arrive where nothing is published: the test can tell.
        assert world.arrives(world.lan, "127.0.0.1", 9999, world.receiver(None, 9999))
        await networks.close()

    in_world(scenario)


def test_containers_do_not_reach_the_hosts_loopback_without_the_proxy(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks(userland_proxy=False)
        await networks.open()
        one = await world.join(networks, "one")
        pid = world.containers["one"]
        _in(pid, "sysctl", "-q", "-w", "net.ipv4.conf.all.route_localnet=1")
        _in(pid, "ip", "route", "del", "table", "local", "127.0.0.0/8", "dev", "lo")
        _in(pid, "ip", "route", "del", "table", "local", "127.0.0.1", "dev", "lo")
        _in(pid, "ip", "route", "add", "127.0.0.1/32", "via", one.gateway)
        assert not world.arrives(pid, "127.0.0.1", 9999, world.receiver(None, 9999))
        assert world.arrives(pid, one.gateway, 9998, world.receiver(None, 9998))
        await networks.close()

    in_world(scenario)


@pytest.mark.parametrize("filtered", [True, False])
@pytest.mark.parametrize("icc", [True, False])
def test_containers_reach_each_other_only_with_icc(in_world: Run, icc: bool, filtered: bool) -> None:
    async def scenario(world: Any) -> None:
        world.filter_bridged_frames(filtered)
        networks = world.networks(icc=icc)
        await networks.open()
        web = await world.join(networks, "web", publish="8080")
        other = await world.join(networks, "other")
        pid = world.containers["other"]
        server = world.server(world.containers["web"])
        assert (world.reaches(pid, web.address, 80, server) == other.address) is icc
        # Around the bridge's own forwarding: by the gateway.
        _in(pid, "ip", "route", "add", f"{web.address}/32", "via", web.gateway)
        assert (world.reaches(pid, web.address, 80, server) is not None) is icc
        # What is published is open to all, and the world stays reachable.
        assert world.reaches(pid, world.HOST_LAN, 8080, server) is not None
        assert world.reaches(pid, world.LAN_PEER, 90, world.server(world.lan, 90)) == world.HOST_LAN
        await networks.close()

    in_world(scenario)


def test_without_rules_the_proxy_serves_the_lan_too(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks(iptables=False)
        await networks.open()
        await world.join(networks, "web", publish="8080")
        server = world.server(world.containers["web"])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) is not None
        listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True)
        assert listed.stdout == ""
        await networks.close()

    in_world(scenario)


def test_nothing_but_our_own_table_is_touched(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        _run(
            "nft",
            "add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }",
        )
        _run("nft", "add rule ip filter FORWARD counter")
        before = subprocess.run(["nft", "list", "table", "ip", "filter"], capture_output=True, check=True).stdout
        networks = world.networks()
        await networks.open()
        await world.join(networks, "web", publish="8080")
        after = subprocess.run(["nft", "list", "table", "ip", "filter"], capture_output=True, check=True).stdout
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, check=True).stdout
        assert after == before
        assert sorted(tables.split("\n")) == ["", "table ip filter", "table ip hutch"]
        await networks.close()

    in_world(scenario)


def test_a_hand_made_pair_can_be_put_on_the_bridge(in_world: Run) -> None:
    """The walk-through of a container made with ``--network none`` and connected by hand."""

    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        pid = world.namespace()
        _run("ip", "link", "add", "A", "type", "veth", "peer", "name", "B")
        _run("ip", "link", "set", "A", "master", "hutch0")
        _run("ip", "link", "set", "A", "up")
        _run("ip", "link", "set", "B", "netns", str(pid))
        for command in (
            "link set dev B name eth0",
            "link set eth0 up",
            "addr add 172.17.42.99/16 dev eth0",
            "route add default via 172.17.0.1",
        ):
            _in(pid, "ip", *command.split())
        assert world.reaches(pid, world.LAN_PEER, 80, world.server(world.lan)) == world.HOST_LAN
        # Somebody else's link on the bridge is nothing to clean up.
        assert await networks.recover([]) == []
        assert world.reaches(pid, world.LAN_PEER, 81, world.server(world.lan, 81)) == world.HOST_LAN
        await networks.close()

    in_world(scenario)


def test_published_udp_goes_both_ways(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        await world.join(networks, "dns", publish="5353", port="53/udp")
        receiver = world.receiver(world.containers["dns"], 53)
        for sender, address in ((world.lan, world.HOST_LAN), (None, "127.0.0.1")):
            client = world.socket(sender, socket.SOCK_DGRAM)
            client.sendto(b"ask", (address, 5353))
            data, peer = receiver.recvfrom(100)
            assert data == b"ask"
            receiver.sendto(b"answer", peer)
            assert client.recvfrom(100) == (b"answer", (address, 5353))
        await networks.close()

    in_world(scenario)
