import errno
import os
import socket

import pytest

from hutch.linux.netlink import link
from hutch.linux.netlink import message as nl
from support.limits import few


def _attributes(encoded: bytes) -> dict[int, bytes]:
    return nl.attributes(encoded, nl.HEADER_SIZE + 16)


def test_a_veth_message_holds_both_ends() -> None:
    encoded = link.create_veth("vethh1", master=7, mtu=1400, peer="eth0", peer_address=b"\2\x42abcd", peer_netns=9)
    found = _attributes(encoded)
    assert nl.name_of(found[3]) == "vethh1"
    assert int.from_bytes(found[10], "little") == 7
    info = nl.attributes(found[18])
    assert nl.name_of(info[1]) == "veth"
    peer_info = nl.attributes(info[2])[1]
    # The peer stays down until its sysctls are set.
    assert int.from_bytes(peer_info[8:12], "little") == 0
    peer = nl.attributes(peer_info, 16)
    assert (nl.name_of(peer[3]), peer[1], int.from_bytes(peer[28], "little")) == ("eth0", b"\2\x42abcd", 9)


def test_a_bridge_is_up_from_the_start_with_its_own_address() -> None:
    encoded = link.create_bridge("hutch0", address=b"\2\x42\xac\x11\0\1", mtu=1500)
    assert encoded[nl.HEADER_SIZE + 8] & link.IFF_UP
    found = _attributes(encoded)
    assert found[1] == b"\2\x42\xac\x11\0\1"
    assert nl.name_of(nl.attributes(found[18])[1]) == "bridge"


def test_port_flags() -> None:
    inner = nl.attributes(_attributes(link.set_port(3, isolated=True))[12])
    assert inner == {33: b"\1", 4: b"\0"}
    assert nl.attributes(_attributes(link.set_port(3, hairpin=True))[12]) == {33: b"\0", 4: b"\1"}


def test_a_link_is_read_back() -> None:
    body = link.create_bridge("hutch0", address=b"\2\x42\xac\x11\0\1", mtu=1500)[nl.HEADER_SIZE :]
    read = link.parse(body)
    assert (read.name, read.kind, read.mtu, read.up, read.master) == ("hutch0", "bridge", 1500, True, 0)


def test_the_number_of_an_interface() -> None:
    assert link.index_of("lo") == socket.if_nametoindex("lo")
    with pytest.raises(OSError, match="No such device") as caught:
        link.index_of("none-such")
    assert caught.value.errno == errno.ENODEV
    with few(os.getpid(), 0), pytest.raises(OSError, match="Too many open files"):
        link.index_of("lo")
