"""Finds the detach sequence in what a person types (Engine API, ``detachKeys``)."""

from __future__ import annotations


class KeyMatcher:
    """Holds back the beginning of a sequence and passes it on when the next key breaks it."""

    __slots__ = ("_held", "_keys")

    def __init__(self, keys: bytes) -> None:
        self._keys = keys
        self._held = b""

    def feed(self, data: bytes) -> tuple[bytes, bool]:
        """(what goes to the container, whether the sequence is complete); what follows a complete one is dropped."""
        keys = self._keys
        if not keys or (not self._held and keys[0] not in data):
            return data, False
        out = bytearray()
        held = self._held
        for byte in data:
            held += bytes((byte,))
            if held == keys:
                self._held = b""
                return bytes(out), True
            while held and not keys.startswith(held):
                out += held[:1]
                held = held[1:]
        self._held = held
        return bytes(out), False

    def rest(self) -> bytes:
        """What is held back, when no more keys come."""
        held, self._held = self._held, b""
        return held
