import struct

from hutch.linux import bpf


def test_encodings_as_in_the_instruction_set_document():
    assert bpf.move_value(0, 1) == bytes.fromhex("b700000001000000")
    assert bpf.leave() == bytes.fromhex("9500000000000000")
    assert bpf.load_word(2, 1, 4) == bytes.fromhex("6112040000000000")
    assert bpf.move(3, 2) == bytes.fromhex("bc23000000000000")
    assert bpf.and_value(2, 0xFFFF) == bytes.fromhex("54020000ffff0000")
    assert bpf.shift_right(3, 16) == bytes.fromhex("7403000010000000")
    assert bpf.jump_unless_equal(4, 8, 3) == bytes.fromhex("5604030008000000")
    assert bpf.jump_if_equal(6, 0, 2) == bytes.fromhex("1606020000000000")


def test_large_values_keep_their_bits():
    assert struct.unpack_from("<I", bpf.move_value(0, 0xFFFFFFFE), 4)[0] == 0xFFFFFFFE
