"""The key sequence that detaches a client, from its text (``--detach-keys``)."""

from __future__ import annotations

from hutch.model.errors import Invalid

DEFAULT = b"\x10\x11"
"""ctrl-p, ctrl-q."""
_CONTROL = "@abcdefghijklmnopqrstuvwxyz[\\]^_"


def parse(text: str | None, called: str = "detach") -> bytes:
    """The bytes of ``ctrl-p,ctrl-q`` and the like; nothing given is :data:`DEFAULT`.

    Raises Invalid, which calls them ``called`` keys: dockerd says "escape" of an exec's.
    """
    if not text:
        return DEFAULT
    out = bytearray()
    for key in text.split(","):
        if key == "DEL":
            out.append(127)
        elif len(key) == 1 and key.isascii():
            out.append(ord(key))
        elif key.startswith("ctrl-") and len(key) == 6 and key[5] in _CONTROL:
            out.append(_CONTROL.index(key[5]))
        else:
            raise Invalid(f"Invalid {called} keys ({text}) provided")
    return bytes(out)
