"""The program is run by a small interpreter of the instruction set, and compared with the rules read by hand."""

import itertools
import struct

import pytest

from hutch.runtime.cgroups.device_rules import effective
from hutch.runtime.cgroups.v2.devices import program


def run(code, kind, major, minor, access):
    """Interpret the few instructions used: eBPF instruction set, standardization document."""
    context = struct.pack("<III", access << 16 | kind, major, minor)
    reg, at = [0] * 11, 0
    while True:
        op, regs, offset, value = struct.unpack_from("<BBhi", code, at * 8)
        dst, src, at = regs & 15, regs >> 4, at + 1
        match op:
            case 0x61:
                reg[dst] = struct.unpack_from("<I", context, offset)[0]
            case 0xBC:
                reg[dst] = reg[src] & 0xFFFFFFFF
            case 0xB7:
                reg[dst] = value
            case 0x54:
                reg[dst] &= value & 0xFFFFFFFF
            case 0x74:
                reg[dst] >>= value
            case 0x16:
                at += offset if reg[dst] == value & 0xFFFFFFFF else 0
            case 0x56:
                at += offset if reg[dst] != value & 0xFFFFFFFF else 0
            case 0x95:
                return reg[0]
            case _:
                raise AssertionError(hex(op))


DENY_ALL = {"allow": False, "access": "rwm"}
BLOCK, CHAR = 1, 2
M, R, W = 1, 2, 4


def test_default_devices_are_open_and_others_closed():
    code = program(effective([DENY_ALL]))
    assert run(code, CHAR, 1, 3, R | W) == 1
    assert run(code, CHAR, 136, 7, R | W) == 1
    assert run(code, BLOCK, 8, 0, R) == 0
    assert run(code, BLOCK, 8, 0, M) == 1
    assert run(code, BLOCK, 8, 0, M | R) == 0


def test_two_rules_together_grant_what_each_grants_in_part():
    rules = [DENY_ALL] + [{"allow": True, "type": "b", "major": 8, "minor": 0, "access": a} for a in "rw"]
    code = program(effective(rules))
    assert run(code, BLOCK, 8, 0, R | W) == 1
    assert run(code, BLOCK, 8, 1, R) == 0


def test_a_later_deny_takes_back_its_part_only():
    rules = [
        DENY_ALL,
        {"allow": True, "type": "c", "major": 10, "access": "rwm"},
        {"allow": False, "type": "c", "major": 10, "minor": 229, "access": "w"},
    ]
    code = program(effective(rules))
    assert [run(code, CHAR, 10, 229, a) for a in (R, W, R | W)] == [1, 0, 0]
    assert run(code, CHAR, 10, 200, R | W) == 1


def test_allow_all():
    code = program(effective([DENY_ALL, {"allow": True, "type": "a", "access": "rwm"}]))
    assert all(run(code, k, 8, 0, a) == 1 for k, a in itertools.product((BLOCK, CHAR), range(1, 8)))


@pytest.mark.parametrize("minor", [0x7FFFFFFF, 0x80000000, 0xFFFFFFFF])
def test_large_numbers_are_compared_unsigned(minor):
    code = program(effective([DENY_ALL, {"allow": True, "type": "b", "major": 8, "minor": minor, "access": "r"}]))
    assert run(code, BLOCK, 8, minor, R) == 1 and run(code, BLOCK, 8, minor - 1, R) == 0
