"""Content digests (OCI image spec, descriptor): ``sha256:`` and 64 lower-case hex digits, ``sha512:`` and 128.

A digest becomes part of a file name, so nothing else is ever let through.
"""

from __future__ import annotations

from hutch.model.errors import Invalid

LENGTHS = {"sha256": 64, "sha512": 128}
_HEX = frozenset("0123456789abcdef")


def is_digest(value: object) -> bool:
    """Whether ``value`` is a well-formed digest of an algorithm we can compute."""
    if not isinstance(value, str):
        return False
    algorithm, _, digits = value.partition(":")
    return LENGTHS.get(algorithm) == len(digits) and is_hex(digits)


def is_hex(value: str) -> bool:
    """Whether ``value`` is one or more lower-case hexadecimal digits (ASCII only)."""
    return bool(value) and _HEX.issuperset(value)


def check(value: object, what: str = "digest") -> str:
    """``value`` if it is a well-formed digest; else Invalid naming ``what``."""
    if not is_digest(value):
        raise Invalid(f"invalid {what}: {str(value)[:100]!r}", hint="expected sha256: and 64 lower-case hex digits")
    return str(value)


def sha256(data: bytes) -> str:
    """The digest of ``data``."""
    import hashlib  # here, because the command imports this file and never computes a digest

    return "sha256:" + hashlib.sha256(data).hexdigest()


def compute(data: bytes, algorithm: str) -> str:
    """The digest of ``data`` by one of the algorithms of :data:`LENGTHS`."""
    import hashlib

    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def chain_id(parent: str | None, diff_id: str) -> str:
    """The chain id of a layer over ``parent`` (OCI image spec, Layer ChainID)."""
    return sha256(f"{parent} {diff_id}".encode()) if parent else diff_id


def chain_ids(diff_ids: list[str]) -> list[str]:
    """The chain ids of a stack of layers, lowest first."""
    result: list[str] = []
    for diff_id in diff_ids:
        result.append(chain_id(result[-1] if result else None, diff_id))
    return result


def short(value: str) -> str:
    """The 12 digits people see."""
    return value.partition(":")[2][:12] if ":" in value else value[:12]
