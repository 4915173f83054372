"""JSON of what a command sends, without the encoder as long as that can be done without.

The encoder is a shared library: to load it takes longer than to write a few plain words and flags by hand.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def encode(value: Any) -> str:
    """``value`` as :func:`hutch.model.json_text.encode` gives it."""
    text = _plain(value)
    if text is None:
        from hutch.model import json_text

        return json_text.encode(value)
    return text


def _plain(value: Any) -> str | None:
    """None if there is anything in it that is not printable ASCII, or has to be escaped, or is no simple value."""
    if isinstance(value, str):
        simple = value.isascii() and value.isprintable() and '"' not in value and "\\" not in value
        return f'"{value}"' if simple else None
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    if type(value) is int:
        return str(value)
    if isinstance(value, dict):
        pairs = [(_plain(name), _plain(item)) for name, item in value.items()]
        found = [f"{name}:{item}" for name, item in pairs if name is not None and item is not None]
        return f"{{{','.join(found)}}}" if len(found) == len(value) and all(type(n) is str for n in value) else None
    if isinstance(value, list):
        items = [item for item in map(_plain, value) if item is not None]
        return f"[{','.join(items)}]" if len(items) == len(value) else None
    return None
