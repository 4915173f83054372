"""Tiny static programs written byte by byte: an ELF file with one segment, no libraries, no compiler needed.

The format is that of elf(5); the instructions are the few that a program needs which writes a text and ends.
"""

from __future__ import annotations

import struct

from hutch.model.errors import Unsupported

_BASE = 0x400000
_HEADERS = 64 + 56
_MACHINES = {"amd64": 62, "arm64": 183}  # EM_X86_64, EM_AARCH64


def prints(architecture: str, message: bytes) -> bytes:
    """A program that writes ``message`` to its standard output and ends with 0. Raises Unsupported."""
    if architecture == "amd64":
        code = _amd64(len(message))
    elif architecture == "arm64":
        code = _arm64(len(message))
    else:
        raise Unsupported(f"no built-in program for {architecture}", hint="there are ones for amd64 and arm64")
    return program(architecture, code + message)


def program(architecture: str, image: bytes) -> bytes:
    """An executable whose code begins at the first byte of ``image``."""
    size = _HEADERS + len(image)
    identity = b"\x7fELF" + bytes([2, 1, 1, 0]) + bytes(8)  # 64 bits, little-endian, version 1, System V
    header = identity + struct.pack(
        "<HHIQQQIHHHHHH", 2, _MACHINES[architecture], 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x10000)  # PT_LOAD, readable, executable
    return header + segment + image


def _amd64(length: int) -> bytes:
    """write(1, message, length) in a loop until all is out, exit(0); the message follows the code."""
    body = (
        b"\xb8\x01\x00\x00\x00"  # mov eax, 1 (write)
        b"\xbf\x01\x00\x00\x00"  # mov edi, 1
        b"\x0f\x05"  # syscall
        b"\x85\xc0"  # test eax, eax
        b"\x7e\x0b"  # jle +11: to the failing exit
        b"\x48\x01\xc6"  # add rsi, rax
        b"\x29\xc2"  # sub edx, eax
        b"\x75\xe9"  # jnz -23: write the rest
        b"\x31\xff"  # xor edi, edi
        b"\xeb\x05"  # jmp +5
        b"\xbf\x01\x00\x00\x00"  # mov edi, 1
        b"\xb8\x3c\x00\x00\x00"  # mov eax, 60 (exit)
        b"\x0f\x05"  # syscall
    )
    mov = b"\xba" + struct.pack("<I", length)  # mov edx, length
    lea = b"\x48\x8d\x35" + struct.pack("<i", len(mov) + len(body))  # lea rsi, [rip + distance to the message]
    return lea + mov + body


def _arm64(length: int) -> bytes:
    """The same for AArch64."""
    words = [
        0,  # adr x1, message; filled in below
        0xD2800002 | (length & 0xFFFF) << 5,  # movz x2, #low half of length
        0xF2A00002 | (length >> 16 & 0xFFFF) << 5,  # movk x2, #high half, lsl #16
        0xD2800808,  # loop: mov x8, #64 (write)
        0xD2800020,  # mov x0, #1
        0xD4000001,  # svc #0
        0xF100001F,  # cmp x0, #0
        0x540000CD,  # b.le fail (+6 words)
        0x8B000021,  # add x1, x1, x0
        0xEB000042,  # subs x2, x2, x0
        0x54FFFF21,  # b.ne loop (-7 words)
        0xD2800000,  # mov x0, #0
        0x14000002,  # b exit
        0xD2800020,  # fail: mov x0, #1
        0xD2800BA8,  # exit: mov x8, #93 (exit)
        0xD4000001,  # svc #0
    ]
    distance = 4 * len(words)
    words[0] = 0x10000001 | (distance & 3) << 29 | (distance >> 2) << 5
    return struct.pack(f"<{len(words)}I", *words)
