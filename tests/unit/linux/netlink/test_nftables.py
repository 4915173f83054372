import struct

from hutch.linux.netlink import message as nl
from hutch.linux.netlink import nftables


def test_parts_of_a_key_are_padded_to_four_bytes() -> None:
    assert nftables.part(b"\x06") == b"\x06\0\0\0"
    assert nftables.part(b"\1\2\3\4") == b"\1\2\3\4"


def test_elements_are_added_between_the_frames_of_one_batch() -> None:
    elements = [nftables.Element("published", b"\6\0\0\0", b"abcd"), nftables.Element("loopback", b"\6\0\0\0")]
    batch = nftables.add_elements("hutch", elements)
    kinds = [next(nl.messages(encoded))[0] for encoded, _what in batch]
    assert kinds == [16, 0xA0C, 0xA0C, 17]
    # The frames are not acknowledged, so nobody may wait for them.
    assert [nl.wants_ack(encoded) for encoded, _what in batch] == [False, True, True, False]


def test_an_element_carries_its_table_set_key_and_datum() -> None:
    (_, (encoded, about), _) = nftables.add_elements("hutch", [nftables.Element("published", b"key!", b"data")])
    found = nl.attributes(encoded, nl.HEADER_SIZE + 4)
    assert (nl.name_of(found[1]), nl.name_of(found[2])) == ("hutch", "published")
    element = nl.attributes(nl.attributes(found[3])[1])
    assert nl.attributes(element[1])[1] == b"key!"
    assert nl.attributes(element[2])[1] == b"data"
    assert "hutch published" in about


def test_a_removal_names_the_key_only() -> None:
    (_, (encoded, _), _) = nftables.remove_elements("hutch", [nftables.Element("published", b"key!", b"data")])
    element = nl.attributes(nl.attributes(nl.attributes(encoded, nl.HEADER_SIZE + 4)[3])[1])
    assert list(element) == [1]


def test_many_elements_share_messages_so_that_all_acknowledgements_fit() -> None:
    elements = [nftables.Element("published", struct.pack(">I", n), b"data") for n in range(1000)]
    batch = nftables.add_elements("hutch", elements)
    assert len(batch) < 20
    found = []
    for encoded, _about in batch[1:-1]:
        assert len(encoded) < 1 << 16
        found += _nested(nl.attributes(encoded, nl.HEADER_SIZE + 4)[3])
    assert len(found) == 1000


def _nested(data: bytes) -> list[bytes]:
    """The attributes of a list, which all have the same type (netlink(7))."""
    bodies = []
    while data:
        (length,) = struct.unpack_from("=H", data)
        bodies.append(data[4:length])
        data = data[(length + 3) & ~3 :]
    return bodies
