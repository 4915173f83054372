"""Questions to the kernel that change nothing; what changes something is in tests/kernel/network."""

import errno

import pytest

from hutch.linux.netlink import link, route
from hutch.linux.netlink.socket import Netlink


def test_a_dump_lists_the_loopback_interface() -> None:
    with Netlink() as netlink:
        assert "lo" in [link.parse(body).name for body in netlink.dump(link.dump(), "links")]


def test_a_second_dump_on_the_same_socket_is_whole() -> None:
    with Netlink() as netlink:
        first = netlink.dump(route.dump(), "routes")
        assert len(netlink.dump(route.dump(), "routes")) == len(first)


def test_the_first_failure_of_several_requests_names_what_it_was_about() -> None:
    with Netlink() as netlink:
        with pytest.raises(OSError, match="first") as caught:
            netlink.request([(link.set_up(0x7FFFFFF0), "first"), (link.set_up(0x7FFFFFF1), "second")])
        assert caught.value.errno in (errno.ENODEV, errno.EPERM)
        # And the answers of that are not taken for answers to the next.
        assert netlink.dump(link.dump(), "links")
