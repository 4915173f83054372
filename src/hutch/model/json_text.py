"""JSON without the cost of importing the ``json`` package (which imports ``re``).

The C scanner and encoder of CPython are used directly; where an interpreter lacks them, the package is. Text is
written as Go's encoder writes it without HTML escapes: no blanks, characters outside ASCII as they are.
"""

from __future__ import annotations

from hutch.model.errors import Invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BLANKS = " \t\n\r"


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _make_scanner() -> Callable[[str, int], tuple[Any, int]]:
    try:
        from _json import make_scanner
    except ImportError:
        import json

        decoder = json.JSONDecoder(parse_constant=_constant)
        return decoder.raw_decode

    class Context:
        strict = True
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = staticmethod(_constant)
        memo: dict[str, str] = {}  # noqa: RUF012  (the scanner's own protocol)

    scan: Callable[[str, int], tuple[Any, int]] = make_scanner(Context)  # type: ignore[arg-type]
    return scan


def _make_encoder() -> Callable[[Any], str]:
    try:
        from _json import encode_basestring, make_encoder

        encoder = make_encoder({}, _not_json, encode_basestring, None, ":", ",", False, False, True)
        encoder("", 0)
    except (ImportError, TypeError):
        import json

        return json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return lambda value: "".join(encoder(value, 0))


def _not_json(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} is not JSON")


_scan: Callable[[str, int], tuple[Any, int]] | None = None
_encode: Callable[[Any], str] | None = None


def scan(text: str, at: int = 0) -> tuple[Any, int]:
    """The first JSON value at or after ``at`` (blanks are skipped) and the index behind it; raises :class:`Invalid`."""
    global _scan
    if _scan is None:
        _scan = _make_scanner()
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    try:
        return _scan(text, at)
    except (StopIteration, ValueError) as error:
        raise Invalid(f"invalid JSON near character {at}: {text[at : at + 40]!r}") from error
    except SystemError as error:  # what CPython's scanner makes of a text that ends behind "{" without json.decoder
        raise Invalid(f"invalid JSON: unexpected end at character {len(text)}") from error
    except RecursionError:
        raise Invalid("invalid JSON: nested too deeply") from None


def decode(text: str) -> Any:
    """The value of a whole JSON document; raises :class:`Invalid`, also for anything but blanks behind it."""
    value, end = scan(text)
    if text[end:].strip(_BLANKS):
        raise Invalid(f"invalid JSON: data after the document at character {end}")
    return value


def encode(value: Any) -> str:
    """``value`` (dict, list, str, int, float, bool, None) as compact JSON."""
    global _encode
    if _encode is None:
        _encode = _make_encoder()
    return _encode(value)


def escape_html(text: str) -> str:
    """JSON as Go's encoder escapes it by default."""
    if "<" in text or ">" in text or "&" in text:
        return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return text


def indent(value: Any, margin: str = "    ", prefix: str = "") -> str:
    """``value`` as JSON over several lines, as ``inspect`` prints it; ``{}`` and ``[]`` stay short."""
    if isinstance(value, dict) and value:
        inner = prefix + margin
        rows = [f"{inner}{encode(str(k))}: {indent(v, margin, inner)}" for k, v in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{prefix}}}"
    if isinstance(value, list) and value:
        inner = prefix + margin
        return "[\n" + ",\n".join(inner + indent(v, margin, inner) for v in value) + f"\n{prefix}]"
    return encode(value)
