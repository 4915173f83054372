"""bpf(2): a tiny eBPF assembler (kernel Documentation/bpf/standardization/instruction-set.rst) and device filters."""

from __future__ import annotations

import ctypes
import os
import struct

from hutch.linux import libc

_NR_BPF = libc.number(321, 280)
_PROG_LOAD, _PROG_ATTACH, _PROG_DETACH, _PROG_GET_FD_BY_ID, _PROG_QUERY = 5, 8, 9, 13, 16
_TYPE_CGROUP_DEVICE, _ATTACH_CGROUP_DEVICE = 15, 6
_ALLOW_MULTI, _REPLACE = 2, 4
_LOG_SIZE = 65536


def _instruction(code: int, target: int = 0, source: int = 0, offset: int = 0, value: int = 0) -> bytes:
    return struct.pack("<BBhi", code, source << 4 | target, offset, value - (1 << 32) if value >= 1 << 31 else value)


def load_word(target: int, source: int, offset: int) -> bytes:
    """target = *(u32 *)(source + offset)"""
    return _instruction(0x61, target, source, offset)


def move(target: int, source: int) -> bytes:
    """target = source (32 bit)"""
    return _instruction(0xBC, target, source)


def move_value(target: int, value: int) -> bytes:
    """target = value"""
    return _instruction(0xB7, target, value=value)


def and_value(target: int, value: int) -> bytes:
    """target &= value (32 bit)"""
    return _instruction(0x54, target, value=value)


def shift_right(target: int, bits: int) -> bytes:
    """target >>= bits (32 bit)"""
    return _instruction(0x74, target, value=bits)


def jump_if_equal(target: int, value: int, skip: int) -> bytes:
    """Skip so many instructions when target == value (32 bit)."""
    return _instruction(0x16, target, offset=skip, value=value)


def jump_unless_equal(target: int, value: int, skip: int) -> bytes:
    """Skip so many instructions when target != value (32 bit)."""
    return _instruction(0x56, target, offset=skip, value=value)


def leave() -> bytes:
    """return r0"""
    return _instruction(0x95)


def _bpf(command: int, attributes: bytes, what: str) -> tuple[int, bytes]:
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return libc.syscall(_NR_BPF, command, buffer, len(attributes), what=what), buffer.raw


def load(code: bytes) -> int:
    """Load a CGROUP_DEVICE program; an fd that the caller closes. Raises OSError with the verifier's last words."""
    body, terms = ctypes.create_string_buffer(code, len(code)), ctypes.create_string_buffer(b"Apache-2.0")

    def attributes(log: int, size: int) -> bytes:
        addresses = ctypes.addressof(body), ctypes.addressof(terms)
        return struct.pack("<IIQQIIQII", _TYPE_CGROUP_DEVICE, len(code) // 8, *addresses, min(size, 1), size, log, 0, 0)

    try:
        return _bpf(_PROG_LOAD, attributes(0, 0), "bpf(PROG_LOAD)")[0]
    except OSError as e:
        if e.errno == 1:  # EPERM: the verifier was not asked
            raise
    log = ctypes.create_string_buffer(_LOG_SIZE)
    try:
        return _bpf(_PROG_LOAD, attributes(ctypes.addressof(log), _LOG_SIZE), "bpf(PROG_LOAD)")[0]
    except OSError as e:
        said = log.value.decode("utf-8", "replace").strip().splitlines()[-2:]
        raise OSError(e.errno, f"{e.strerror}: {' | '.join(said)}" if said else e.strerror, "bpf(PROG_LOAD)") from None


def attached(cgroup: int) -> list[int]:
    """The ids of the device programs on the cgroup that the folder fd is of."""
    ids = (ctypes.c_uint32 * 64)()
    request = struct.pack("<IIIIQII", cgroup, _ATTACH_CGROUP_DEVICE, 0, 0, ctypes.addressof(ids), len(ids), 0)
    _, answer = _bpf(_PROG_QUERY, request, "bpf(PROG_QUERY)")
    return list(ids[: struct.unpack_from("<I", answer, 24)[0]])


def attach_device_filter(cgroup: int, code: bytes) -> None:
    """Make ``code`` the one device filter of the cgroup. Where one is on it, it is replaced in one step, so that at no
    moment the cgroup is without or with both. Raises OSError."""
    fresh = load(code)
    try:
        former = [
            _bpf(_PROG_GET_FD_BY_ID, struct.pack("<III", i, 0, 0), "bpf(PROG_GET_FD_BY_ID)")[0]
            for i in attached(cgroup)
        ]
        try:
            flags, replaced = (_ALLOW_MULTI | _REPLACE, former[0]) if len(former) == 1 else (_ALLOW_MULTI, 0)
            request = struct.pack("<IIIII", cgroup, fresh, _ATTACH_CGROUP_DEVICE, flags, replaced)
            _bpf(_PROG_ATTACH, request, "bpf(PROG_ATTACH)")
            for fd in former if len(former) > 1 else ():
                _bpf(_PROG_DETACH, struct.pack("<IIIII", cgroup, fd, _ATTACH_CGROUP_DEVICE, 0, 0), "bpf(PROG_DETACH)")
        finally:
            for fd in former:
                os.close(fd)
    finally:
        os.close(fresh)
