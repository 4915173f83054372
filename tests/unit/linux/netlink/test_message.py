import pytest

from hutch.linux.netlink import message as nl


def test_attributes_are_padded_and_read_back() -> None:
    encoded = nl.text(3, "eth0") + nl.u32(4, 1500) + nl.nested(18, nl.u8(1, 7))
    assert len(encoded) % 4 == 0
    found = nl.attributes(encoded)
    assert nl.name_of(found[3]) == "eth0"
    assert int.from_bytes(found[4], "little") == 1500
    assert nl.attributes(found[18])[1] == b"\x07"


def test_an_attribute_longer_than_its_length_field_is_refused() -> None:
    assert len(nl.attr(1, b"x" * 65531)) == 65536
    with pytest.raises(ValueError, match="too long"):
        nl.attr(1, b"x" * 65532)


def test_messages_are_found_in_what_was_received_and_broken_lengths_end_it() -> None:
    two = nl.numbered(nl.message(16, nl.NLM_F_ACK, b"abc"), 5) + nl.numbered(nl.message(17, 0, b""), 6)
    assert [(k, s, b) for k, _f, s, b in nl.messages(two)] == [(16, 5, b"abc"), (17, 6, b"")]
    assert list(nl.messages(b"\xff\xff\xff\xff" + two)) == []
    assert list(nl.messages(two[:10])) == []


@pytest.mark.parametrize("broken", [b"\x03\0\1\0", b"\xff\xff\1\0abcd", b"\4"])
def test_broken_attributes_end_the_reading(broken: bytes) -> None:
    assert nl.attributes(nl.u8(9, 1) + broken) == {9: b"\x01"}


def test_only_messages_that_ask_are_acknowledged() -> None:
    assert nl.wants_ack(nl.message(16, nl.NLM_F_ACK, b""))
    assert not nl.wants_ack(nl.message(16, 0, b""))


def test_numbers_of_nfnetlink_are_in_network_order() -> None:
    assert nl.attributes(nl.be32(1, 1))[1] == b"\0\0\0\x01"
