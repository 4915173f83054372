"""Compiled filters on disk, by the digest of what they were made from.

A filter from the cache is as powerful as the profile itself, so a file counts only when it is whole: its first line
of bytes is the digest of the rest, and its name the digest of its inputs. Anything else is compiled anew.
"""

from __future__ import annotations

import os

from hutch.model import json_text
from hutch.runtime import notify
from hutch.runtime.seccomp import compile as compiler
from hutch.runtime.seccomp.instruction import MAXIMUM
from hutch.runtime.seccomp.syscalls import native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from _blake2 import blake2b  # without OpenSSL, which hashlib would load: the launcher stays small
except ImportError:  # an interpreter that has put it elsewhere
    from hashlib import blake2b

_VERSION = b"hutch-seccomp-1"
"""Changes with every change of the compiler's output or of the table of numbers."""
_DIGEST = 32
_INSTRUCTION = 8


def _sorted(value: Any) -> Any:
    """``value`` with the keys of every object in order, so that the order in a file makes no other name."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def key(config: dict[str, Any]) -> str:
    """The name of the cache file for a config on this machine."""
    text = json_text.encode(_sorted(config)).encode()
    return blake2b(_VERSION + b"\0" + native().encode() + b"\0" + text, digest_size=_DIGEST).hexdigest()


def load(config: dict[str, Any], folder: str | None, *, agent: bool = False) -> tuple[bytes, int]:
    """(program, flags) for ``linux.seccomp``; from the cache in ``folder`` when it is there, else compiled and kept.

    ``agent`` as of :func:`hutch.runtime.seccomp.compile.compile_filter`, whose errors it raises. A cache that cannot be
    written is no error: the next container compiles again.
    """
    flags = compiler.flags(config)
    if folder is None:
        return compiler.compile_filter(config, agent=agent), flags
    path = f"{folder}/{key(config)}.bpf"
    if notify.uses(config) and not agent:
        return compiler.compile_filter(config), flags  # which refuses it
    program = _read(path)
    if program is None:
        program = compiler.compile_filter(config, agent=agent)
        try:
            _write(folder, path, program)
        except OSError:
            return program, flags
    return program, flags


def check(content: bytes) -> bytes | None:
    """The program in a cache file, None when the file is not whole."""
    digest, program = content[:_DIGEST], content[_DIGEST:]
    if not program or len(program) % _INSTRUCTION or len(program) > MAXIMUM * _INSTRUCTION:
        return None
    return program if blake2b(program, digest_size=_DIGEST).digest() == digest else None


def _read(path: str) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        status = os.fstat(fd)
        # Somebody else's file, or one that somebody else may have written, is not ours.
        if status.st_uid != os.geteuid() or status.st_mode & 0o022:
            return None
        return check(os.read(fd, _DIGEST + (MAXIMUM + 1) * _INSTRUCTION))
    finally:
        os.close(fd)


def _write(folder: str, path: str, program: bytes) -> None:
    os.makedirs(folder, 0o700, exist_ok=True)
    temporary = f"{path}.{os.getpid()}"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        try:
            os.write(fd, blake2b(program, digest_size=_DIGEST).digest() + program)
        finally:
            os.close(fd)
        os.rename(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise
