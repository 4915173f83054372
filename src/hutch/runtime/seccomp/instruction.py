"""Classic BPF as seccomp takes it (bpf(4), seccomp(2)): an instruction is (code, jt, jf, k)."""

from __future__ import annotations

import struct

Instruction = tuple[int, int, int, int]
Code = list[Instruction]

LOAD, AND, RETURN, JUMP = 0x20, 0x54, 0x06, 0x05
EQUAL, GREATER, AT_LEAST, BITS = 0x15, 0x25, 0x35, 0x45

NUMBER, ARCH = 0, 4  # offsets in struct seccomp_data
_ARGUMENTS = 16
MAXIMUM = 4096


def load(offset: int) -> Instruction:
    """A = the 32 bits of struct seccomp_data at ``offset``."""
    return (LOAD, 0, 0, offset)


def low(index: int) -> Instruction:
    """A = the lower half of an argument (both supported architectures are little-endian)."""
    return load(_ARGUMENTS + 8 * index)


def high(index: int) -> Instruction:
    """A = the upper half of an argument."""
    return load(_ARGUMENTS + 8 * index + 4)


def answer(value: int) -> Instruction:
    """End with this verdict."""
    return (RETURN, 0, 0, value)


def branch(test: int, value: int, if_true: Code, if_false: Code) -> Code:
    """``if_true`` when A passes the test, else ``if_false``; both must end with a verdict.

    A conditional jump reaches 255 instructions; a longer way goes over an unconditional one.
    """
    if len(if_true) <= 255:
        return [(test, 0, len(if_true), value), *if_true, *if_false]
    if len(if_false) <= 255:
        return [(test, len(if_false), 0, value), *if_false, *if_true]
    return [(test, 1, 0, value), (JUMP, 0, 0, len(if_true)), *if_true, *if_false]


def encode(code: Code) -> bytes:
    """The program as an array of struct sock_filter."""
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
