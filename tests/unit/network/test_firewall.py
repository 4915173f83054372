import shutil
import struct
import subprocess
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from hutch.network.bindings import Binding
from hutch.network.firewall import (
    Policy,
    elements,
    iptables_hooks,
    render_iptables,
    render_nft,
    render_nft_removal,
)

POLICY = Policy("hutch0", IPv4Network("172.17.0.0/16"))
WEB = IPv4Address("172.17.0.2")
PUBLIC = Binding("tcp", 80, "0.0.0.0", 8080)
LOCAL = Binding("udp", 53, "127.0.0.1", 5353)
ONE = Binding("tcp", 80, "192.0.2.1", 8081)


def _chain(text: str, name: str) -> list[str]:
    body = text.split(f"chain {name} {{\n", 1)[1].split("\t}\n", 1)[0]
    return [line.strip() for line in body.splitlines()]


def test_only_our_own_table_is_named() -> None:
    for text in (render_nft(POLICY), render_nft_removal()):
        tables = [line for line in text.splitlines() if line.startswith(("table", "delete", "add", "flush"))]
        assert tables and all("table ip hutch" in line for line in tables)


def test_chains_accept_by_policy() -> None:
    assert "policy drop" not in render_nft(POLICY)


def test_what_enters_the_bridge_unasked_is_dropped_last() -> None:
    forward = _chain(render_nft(POLICY), "forward")
    assert forward[-1] == 'oifname "hutch0" drop'
    assert forward.index('oifname "hutch0" ct status dnat accept') < len(forward) - 1


def test_icc_decides_on_traffic_between_containers() -> None:
    rule = 'iifname "hutch0" oifname "hutch0" '
    assert rule + "accept" in _chain(render_nft(POLICY), "forward")
    assert rule + "drop" in _chain(render_nft(replace(POLICY, icc=False)), "forward")


def test_masquerade_can_be_off() -> None:
    rule = 'ip saddr 172.17.0.0/16 oifname != "hutch0" masquerade'
    assert rule in _chain(render_nft(POLICY), "postrouting")
    assert rule not in _chain(render_nft(replace(POLICY, masquerade=False)), "postrouting")


def test_containers_never_reach_the_hosts_loopback() -> None:
    for policy in (POLICY, replace(POLICY, userland_proxy=False)):
        assert 'iifname "hutch0" ip daddr 127.0.0.0/8 drop' in _chain(render_nft(policy), "raw")


def test_loopback_is_translated_only_without_the_proxy() -> None:
    assert "ip daddr 127.0.0.0/8 return" in _chain(render_nft(POLICY), "output")
    assert "ip daddr 127.0.0.0/8 return" not in _chain(render_nft(replace(POLICY, userland_proxy=False)), "output")


def test_elements_of_the_three_kinds_of_host_address() -> None:
    (anywhere,) = elements(PUBLIC, WEB, userland_proxy=True)
    assert (anywhere.set_name, anywhere.key[:1], anywhere.key[4:6]) == ("published", b"\x06", struct.pack(">H", 8080))
    assert anywhere.data == WEB.packed + struct.pack(">H", 80) + b"\0\0"
    (one,) = elements(ONE, WEB, userland_proxy=True)
    assert (one.set_name, one.key[:4]) == ("published_at", bytes([192, 0, 2, 1]))
    assert [e.set_name for e in elements(LOCAL, WEB, userland_proxy=True)] == ["loopback"]
    assert [e.set_name for e in elements(LOCAL, WEB, userland_proxy=False)] == ["loopback", "published_at"]
    assert elements(replace(PUBLIC, host_ip="::"), WEB, userland_proxy=True) == []


def test_the_text_holds_the_elements_of_published_ports() -> None:
    text = render_nft(POLICY, [(PUBLIC, WEB), (LOCAL, WEB), (ONE, WEB), (PUBLIC, WEB)])
    assert "elements = { 6 . 8080 : 172.17.0.2 . 80 };" in text
    assert "elements = { 192.0.2.1 . 6 . 8081 : 172.17.0.2 . 80 };" in text
    assert "elements = { 17 . 5353 };" in text


@pytest.mark.skipif(shutil.which("nft", path="/usr/sbin") is None, reason="needs nft")
def test_nft_understands_the_text() -> None:
    text = render_nft(POLICY, [(PUBLIC, WEB), (LOCAL, WEB), (ONE, WEB)])
    done = subprocess.run(
        ["unshare", "-rn", "/usr/sbin/nft", "-c", "-f", "-"], input=text, text=True, capture_output=True
    )
    if "Operation not permitted" in done.stderr:
        pytest.skip("needs network namespaces")
    assert done.returncode == 0, done.stderr


def test_a_hostile_bridge_name_does_not_become_a_rule() -> None:
    with pytest.raises(ValueError):
        render_nft(replace(POLICY, bridge='x" accept #'))


def test_iptables_rules_are_in_chains_of_ours_only() -> None:
    text = render_iptables(POLICY, [(PUBLIC, WEB), (LOCAL, WEB), (ONE, WEB)])
    rules = [line for line in text.splitlines() if line.startswith("-A")]
    assert rules and all(line.startswith("-A HUTCH-") for line in rules)
    assert {ours for _t, _b, ours in iptables_hooks()} == {
        line[1:].split()[0] for line in text.splitlines() if line.startswith(":")
    }
    assert text.count("COMMIT") == 3


def test_iptables_publishes_as_nftables_does() -> None:
    text = render_iptables(POLICY, [(PUBLIC, WEB), (LOCAL, WEB), (ONE, WEB)])
    assert (
        "-A HUTCH-PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80"
    ) in text
    assert "-A HUTCH-PREROUTING -d 192.0.2.1 -p tcp --dport 8081 -j DNAT --to-destination 172.17.0.2:80" in text
    assert "-A HUTCH-RAW ! -i lo -d 127.0.0.1 -p udp --dport 5353 -j DROP" in text
    assert "--dport 5353 -j DNAT" not in text
