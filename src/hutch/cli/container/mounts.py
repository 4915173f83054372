"""``--volume``, ``--mount`` and ``--tmpfs``."""

from __future__ import annotations

from hutch.cli.container import values
from hutch.cli.errors import OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TRUE = ("1", "t", "true", "True", "TRUE", "T")
_FALSE = ("0", "f", "false", "False", "FALSE", "F")


def volume(word: str) -> tuple[str, str]:
    """A ``--volume`` word: ``("bind", word with absolute source)`` or, if anonymous, ``("volume", target)``.

    Raises :class:`OptionError`.
    """
    if not word:
        raise OptionError("invalid empty volume spec")
    if ":" not in word:
        return "volume", word
    parts = word.split(":")
    if "" in parts and word.strip(":") and (len(parts) > 2 or not parts[0]):
        raise OptionError(f"invalid spec: {word}: empty section between colons")
    if len(parts) > 3:
        raise OptionError(f"invalid spec: {word}: too many colons")
    source, _, rest = word.partition(":")
    if source.startswith("."):
        import os

        source = os.path.abspath(source)
    return "bind", f"{source}:{rest}"


def tmpfs(words: list[str]) -> dict[str, str]:
    """``HostConfig.Tmpfs`` of ``--tmpfs`` words."""
    return {path: options for path, _, options in (word.partition(":") for word in words)}


def fields(word: str, flag: str) -> list[str]:
    """The fields of a CSV line with ``"`` quotes (RFC 4180). Raises :class:`FlagError`."""
    if not word:
        raise values.wrong(word, flag, "EOF")
    out, field, quoted = [], "", False
    for at, char in enumerate(word):
        if char == '"':
            if quoted and word[at + 1 : at + 2] == '"':
                field += char
            elif not quoted and field and word[at - 1] != '"':
                raise values.wrong(word, flag, f'parse error on line 1, column {at + 1}: bare " in non-quoted-field')
            quoted = not quoted
        elif char == "," and not quoted:
            out.append(field)
            field = ""
        else:
            field += char
    return [*out, field]


def _flag(key: str, value: str | None) -> bool:
    if value is None or value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ValueError(f"invalid value for {key}: {value}")


_STRINGS = {
    "bind-propagation": ("BindOptions", "Propagation"),
    "volume-driver": ("VolumeOptions", "DriverConfig"),
    "volume-subpath": ("VolumeOptions", "Subpath"),
    "image-subpath": ("ImageOptions", "Subpath"),
}
_BOOLS = {
    "volume-nocopy": ("VolumeOptions", "NoCopy"),
    "bind-create-src": ("BindOptions", "CreateMountpoint"),
    "bind-nonrecursive": ("BindOptions", "NonRecursive"),
}
_OWNERS = {"BindOptions": "bind", "VolumeOptions": "volume", "TmpfsOptions": "tmpfs", "ImageOptions": "image"}


_RECURSIVE: dict[str, dict[str, bool]] = {
    "enabled": {},
    "disabled": {"NonRecursive": True},
    "writable": {"ReadOnlyNonRecursive": True},
    "readonly": {"ReadOnlyForceRecursive": True},
}


def _option(result: dict[str, Any], key: str, value: str | None) -> None:
    """Puts one ``key=value`` that belongs to one type of mount into its options. Raises ValueError."""
    if key in _BOOLS:
        group, name = _BOOLS[key]
        result.setdefault(group, {})[name] = _flag(key, value)
        return
    if value is None:
        raise ValueError(f"invalid field '{key}' must be a key=value pair")
    if key in _STRINGS:
        group, name = _STRINGS[key]
        if name == "DriverConfig":
            result.setdefault(group, {}).setdefault(name, {})["Name"] = value
        else:
            result.setdefault(group, {})[name] = value
    elif key == "bind-recursive":
        if value not in _RECURSIVE:
            words = 'must be "enabled", "disabled", "writable", or "readonly"'
            raise ValueError(f"invalid value for {key}: {value} ({words})")
        if _RECURSIVE[value]:
            result.setdefault("BindOptions", {}).update(_RECURSIVE[value])
    elif key in ("volume-label", "volume-opt"):
        name, _, text = value.partition("=")
        options = result.setdefault("VolumeOptions", {})
        holder = options if key == "volume-label" else options.setdefault("DriverConfig", {})
        holder.setdefault("Labels" if key == "volume-label" else "Options", {})[name] = text
    elif key in ("tmpfs-size", "tmpfs-mode"):
        name, number = ("SizeBytes", _size(value)) if key == "tmpfs-size" else ("Mode", _octal(value))
        if number is None:
            raise ValueError(f"invalid value for {key}: {value}")
        result.setdefault("TmpfsOptions", {})[name] = number
    else:
        raise ValueError(f"unexpected key '{key}' in '{key}={value}'")


def _size(text: str) -> int | None:
    from hutch.model.errors import Invalid
    from hutch.model.size import parse_size

    try:
        return parse_size(text)
    except Invalid:
        return None


def _octal(text: str) -> int | None:
    return int(text, 8) if text and not text.strip("01234567") and int(text, 8) < 1 << 32 else None


def _read(word: str) -> dict[str, Any]:
    result: dict[str, Any] = {"Type": "volume"}
    for field in fields(word, "--mount"):
        key, equals, text = field.partition("=")
        key = key.lower()
        value = text if equals else None
        if key == "type" and value is not None:
            result["Type"] = value.lower()
        elif key in ("source", "src") and value is not None:
            result["Source"] = value
        elif key in ("target", "dst", "destination") and value is not None:
            result["Target"] = value
        elif key in ("readonly", "ro"):
            result["ReadOnly"] = _flag(key, value)
        elif key == "consistency" and value is not None:
            result["Consistency"] = value.lower()
        else:
            _option(result, key, value)
    return result


def _check(result: dict[str, Any]) -> None:
    """Raises ValueError for fields that do not fit together."""
    if not result["Type"]:
        raise ValueError("type is required")
    if "Target" not in result:
        raise ValueError("target is required")
    for group, owner in _OWNERS.items():
        if group in result and result["Type"] != owner:
            raise ValueError(f"cannot mix '{owner}-*' options with mount type '{result['Type']}'")
    bind = result.get("BindOptions", {})
    for name, word in (("ReadOnlyNonRecursive", "writable"), ("ReadOnlyForceRecursive", "readonly")):
        if bind.get(name) and not result.get("ReadOnly"):
            raise ValueError(f"option 'bind-recursive={word}' requires 'readonly' to be specified in conjunction")
    if bind.get("ReadOnlyForceRecursive") and bind.get("Propagation") != "rprivate":
        need = "'bind-propagation=rprivate' to be specified in conjunction"
        raise ValueError(f"option 'bind-recursive=readonly' requires {need}")


def mount(word: str) -> dict[str, Any]:
    """A ``--mount`` word as an element of ``HostConfig.Mounts``; raises :class:`FlagError` in Docker's words."""
    try:
        result = _read(word)
        _check(result)
    except ValueError as error:
        raise values.wrong(word, "--mount", str(error)) from None
    if result["Type"] == "bind" and result.get("Source", "").startswith("."):
        import os

        result["Source"] = os.path.abspath(result["Source"])
    return result
