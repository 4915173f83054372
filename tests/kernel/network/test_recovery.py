"""A daemon that was killed at any point leaves nothing that the next one does not find."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import socket
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from hutch.model.errors import Conflict, System
from hutch.model.network import Wanted
from hutch.network.bindings import Binding
from hutch.network.filter import IptablesFilter, NftFilter, program
from hutch.network.firewall import Policy

pytestmark = pytest.mark.kernel
Run = Callable[[Any], None]


def _elements() -> str:
    return subprocess.run(["nft", "list", "table", "ip", "hutch"], capture_output=True, text=True, check=True).stdout


def _links() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout


def test_live_containers_are_served_by_the_next_daemon_and_dead_ones_are_gone(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        await world.join(first, "live", publish="8080")
        dead = await world.join(first, "dead", publish="8081")
        await first.close()

        server = world.server(world.containers["live"])
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None, "served while no daemon runs"
        second = world.networks()
        await second.open()
        removed = await second.recover([world.id_of("live")])
        assert removed == [world.id_of("dead"), dead.link]
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        assert "8081" not in _elements()
        again = await world.join(second, "again", publish="8081")
        assert again.address != second.attachment(world.id_of("live")).address
        with pytest.raises(System, match=r"Bind for 0.0.0.0:8080 failed: port is already allocated"):
            await world.join(second, "greedy", publish="8080")
        await second.close()

    in_world(scenario)


def test_a_proxy_that_died_with_the_daemon_is_restored(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        await world.join(first, "live", publish="8080")
        await world.join(first, "robbed", publish="8081")
        await first.close()
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as session:
            session.connect(world.folder + "/proxy.sock")
            session.send(json.dumps({"op": "list", "after": 0}).encode())
            os.kill(json.loads(session.recv(1 << 18))["pid"], 9)
        await asyncio.sleep(0.2)
        server = world.server(world.containers["live"])
        assert world.reaches(None, "127.0.0.1", 8080, server) is None
        other = world.server(None, 8081)
        second = world.networks()
        await second.open()
        (lost,) = await second.recover([world.id_of("live"), world.id_of("robbed")])
        assert lost.startswith(world.id_of("robbed")) and lost.endswith(": address already in use") and "8081" in lost
        assert world.reaches(None, "127.0.0.1", 8080, server) is not None
        other.close()
        await second.leave(world.id_of("live"))
        await second.close()

    in_world(scenario)


def test_a_reservation_that_never_came_to_be_is_forgotten(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        wanted = Wanted(container=world.id_of("x"), name="x", bindings={"80/tcp": [{"HostPort": "8080"}]})
        reserved = await first.reserve(wanted)
        await first.close()
        second = world.networks()
        await second.open()
        assert await second.recover([]) == [world.id_of("x")]
        assert "8080" not in _elements()
        joined = await world.join(second, "y", publish="8080")
        assert joined.address == reserved.address
        await second.close()

    in_world(scenario)


def test_a_link_without_a_record_is_removed(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        first = world.networks()
        await first.open()
        lost = await world.join(first, "lost")
        await first.close()
        os.unlink(world.folder + "/network.db")
        second = world.networks()
        await second.open()
        assert await second.recover([]) == [lost.link]
        assert "vethh" not in _links()
        await second.close()

    in_world(scenario)


def test_a_join_that_fails_leaves_nothing(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        wanted = Wanted(container=world.id_of("x"), name="x", bindings={"80/tcp": [{"HostPort": "8080"}]})
        not_a_namespace = os.open("/", os.O_RDONLY)
        with pytest.raises(OSError, match="veth"):
            await networks.join(wanted, not_a_namespace)
        os.close(not_a_namespace)
        assert networks.attachment(world.id_of("x")) is None
        assert "8080" not in _elements() and "vethh" not in _links()
        with pytest.raises(System, match=r"endpoint y .* 0.0.0.0:8080:172.17.0.2:80/tcp: address already in use"):
            world.server(None, 8080)
            await world.join(networks, "y", publish="8080")
        assert networks.attachment(world.id_of("y")) is None
        again = await world.join(networks, "z", publish="8081")
        assert again.address == "172.17.0.2"
        with pytest.raises(Conflict):
            await world.join(networks, "z")
        await networks.leave(world.id_of("z"))
        await networks.leave(world.id_of("z"))
        await networks.close()

    in_world(scenario)


def test_an_address_is_not_given_out_while_the_former_interface_is_there(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        one = await world.join(networks, "one")
        await networks.leave(world.id_of("one"))
        assert (await world.join(networks, "two")).address != one.address
        subprocess.run(["ip", "link", "del", one.link], check=True)
        assert (await world.join(networks, "three")).address == one.address
        await networks.close()

    in_world(scenario)


def test_the_pool_avoids_the_hosts_routes_and_is_remembered(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        subprocess.run(["ip", "addr", "add", "172.17.9.9/24", "dev", "lan0"], check=True)
        first = world.networks()
        await first.open()
        assert first.inspect("bridge")["IPAM"]["Config"] == [{"Subnet": "172.18.0.0/16", "Gateway": "172.18.0.1"}]
        await first.close()
        subprocess.run(["ip", "addr", "del", "172.17.9.9/24", "dev", "lan0"], check=True)
        subprocess.run(["ip", "link", "del", "hutch0"], check=True)
        second = world.networks()
        await second.open()
        assert second.host_gateway == "172.18.0.1"
        await second.close()
        third = world.networks(bip="10.9.0.1/24")
        await third.open()
        assert (await world.join(third, "one")).address == "10.9.0.2"
        assert "10.9.0.1/24" in subprocess.run(["ip", "addr"], capture_output=True, text=True, check=True).stdout
        await third.close()

    in_world(scenario)


def test_iptables_makes_the_same_rules_where_nftables_is_not(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        restore, iptables = program("iptables-restore"), program("iptables")
        if restore is None or iptables is None:
            pytest.skip("no iptables")
        networks = world.networks(iptables=False)
        await networks.open()
        web = await world.join(networks, "web")
        policy = Policy("hutch0", ipaddress.IPv4Network("172.17.0.0/16"))
        rules = IptablesFilter(policy, restore, iptables)
        rules.reset([])
        rules.reset([])
        port = (Binding("tcp", 80, "0.0.0.0", 8080), ipaddress.IPv4Address(web.address))
        server = world.server(world.containers["web"])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) is None
        rules.publish([port])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        subprocess.run(["ip", "route", "add", "172.17.0.0/16", "via", world.HOST_LAN], check=False)
        assert world.reaches(world.containers["web"], world.LAN_PEER, 90, world.server(world.lan, 90)) == world.HOST_LAN
        rules.withdraw([port])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) is None
        jumps = subprocess.run([iptables, "-S", "FORWARD"], capture_output=True, text=True, check=True).stdout
        assert jumps.count("HUTCH-FORWARD") == 1
        await networks.close()

    in_world(scenario)


def test_the_packet_filter_can_be_chosen_and_the_other_one_is_left_without_rules(in_world: Run) -> None:
    def rules(*command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    async def scenario(world: Any) -> None:
        nft, iptables = program("nft"), program("iptables")
        if nft is None or iptables is None:
            pytest.skip("not both of them")
        for backend, ours, other in (
            ("nftables", "nft", "ipt"),
            ("iptables", "ipt", "nft"),
            ("nftables", "nft", "ipt"),
        ):
            networks = world.networks(firewall_backend=backend)
            await networks.open()
            assert networks.firewall == backend
            written = {
                "nft": "table ip hutch" in rules(nft, "list", "tables"),
                "ipt": any("HUTCH" in rules(iptables, "-t", table, "-S") for table in ("filter", "nat", "raw")),
            }
            assert written[ours] and not written[other]
            assert await networks.recover([world.id_of(name) for name in world.containers]) == []
            if "web" not in world.containers:
                await world.join(networks, "web", "8080")
                server = world.server(world.containers["web"])
            assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
            await networks.close()

    in_world(scenario)


def test_more_ports_than_one_buffer_holds_are_published_and_withdrawn(in_world: Run) -> None:
    async def scenario(_world: Any) -> None:
        nft = program("nft")
        if nft is None:
            pytest.skip("no nft")
        rules = NftFilter(Policy("hutch0", ipaddress.IPv4Network("172.17.0.0/16")), nft)
        rules.reset([])
        target = ipaddress.IPv4Address("172.17.0.2")
        ports = [(Binding("tcp", number, "0.0.0.0", number), target) for number in range(20000, 22100)]

        def count() -> int:
            command = [nft, "list", "map", "ip", "hutch", "published"]
            return subprocess.run(command, capture_output=True, text=True, check=True).stdout.count("172.17.0.2")

        rules.publish(ports)
        assert count() == len(ports)
        rules.withdraw(ports[:10])
        rules.withdraw(ports)  # some are gone already
        assert count() == 0

    in_world(scenario)


def test_a_container_started_again_at_once_joins_although_its_former_link_is_there(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        former = await world.join(networks, "one")
        await networks.leave(world.id_of("one"))
        again = await world.join(networks, "one")
        assert again.link != former.link and again.address != former.address
        await networks.leave(world.id_of("one"))
        wanted = Wanted(container=world.id_of("two"), name="two", address=again.address)
        fd = os.open(f"/proc/{world.namespace()}/ns/net", os.O_RDONLY)
        assert (await networks.join(wanted, fd)).address == again.address
        os.close(fd)
        assert former.link in _links() and again.link not in _links()
        await networks.close()

    in_world(scenario)


def test_rules_that_somebody_removed_come_back_and_until_then_nothing_passes(in_world: Run) -> None:
    async def scenario(world: Any) -> None:
        networks = world.networks()
        await networks.open()
        web = await world.join(networks, "web", publish="8080")
        server = world.server(world.containers["web"])
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        rules = _elements()

        async def become(wanted: Callable[[], bool]) -> bool:
            for _ in range(1000):
                if wanted():
                    return True
                await asyncio.sleep(0.01)
            return False

        subprocess.run(["nft", "flush", "ruleset"], check=True)
        assert await become(lambda: "hutch" in subprocess.getoutput("nft list tables"))
        assert _elements() == rules
        assert web.address in rules

        path = program("nft")
        assert path is not None
        other = subprocess.run(["cp", path, f"{world.folder}/nft"], check=True) and f"{world.folder}/nft"
        subprocess.run(["mount", "--bind", "/bin/false", path], check=True)
        try:
            subprocess.run([other, "flush", "ruleset"], check=True)
            assert await become(lambda: "hutch0 DOWN" in " ".join(_links().split())), "closed: it cannot be protected"
        finally:
            subprocess.run(["umount", path], check=True)
        assert await become(lambda: "8080" in subprocess.getoutput("nft list table ip hutch"))
        assert await become(lambda: "hutch0 UP" in " ".join(_links().split())), "opened, when it is protected again"
        assert world.reaches(world.lan, world.HOST_LAN, 8080, server) == world.LAN_PEER
        await networks.close()

    in_world(scenario)
