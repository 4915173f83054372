"""An interpreter of classic BPF, to ask compiled filters for their verdict."""

import struct

import pytest


def interpret(program, number=0, arch=0xC000003E, args=()):
    data = struct.pack("<IIQ6Q", number, arch, 0, *[*args, 0, 0, 0, 0, 0, 0][:6])
    a = at = 0
    while True:
        code, jt, jf, k = struct.unpack_from("<HBBI", program, at * 8)
        at += 1
        match code:
            case 0x20:
                a = struct.unpack_from("<I", data, k)[0]
            case 0x54:
                a &= k
            case 0x05:
                at += k
            case 0x15:
                at += jt if a == k else jf
            case 0x25:
                at += jt if a > k else jf
            case 0x35:
                at += jt if a >= k else jf
            case 0x45:
                at += jt if a & k else jf
            case 0x06:
                return k
            case _:
                raise AssertionError(hex(code))


@pytest.fixture
def run():
    return interpret
