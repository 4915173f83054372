"""``--volume``, ``--mount`` and ``--tmpfs``."""

from __future__ import annotations

from hutch.cli.errors import FlagError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TRUE = ("1", "t", "true", "True", "TRUE", "T")
_FALSE = ("0", "f", "false", "False", "FALSE", "F")


def volume(word: str) -> tuple[str, str]:
    """A ``--volume`` word: ``("bind", word with absolute source)`` or, if anonymous, ``("volume", target)``."""
    if ":" not in word:
        return "volume", word
    source, _, rest = word.partition(":")
    if source.startswith((".", "~")) or source == "..":
        import os

        home = source.startswith("~")
        source = os.path.expanduser(source) if home else os.path.abspath(source)
    return "bind", f"{source}:{rest}"


def tmpfs(words: list[str]) -> dict[str, str]:
    """``HostConfig.Tmpfs`` of ``--tmpfs`` words."""
    return {path: options for path, _, options in (word.partition(":") for word in words)}


def _fields(word: str) -> list[str]:
    """The fields of a CSV line with ``"`` quotes."""
    out, field, quoted = [], "", False
    for at, char in enumerate(word):
        if char == '"':
            if quoted and word[at + 1 : at + 2] == '"':
                field += char
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
    raise OptionError(f'invalid value for {key}: "{value}"')


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


def _option(result: dict[str, Any], key: str, value: str | None, word: str) -> None:
    """Puts one ``key=value`` that belongs to one type of mount into its options."""
    if key in _BOOLS:
        group, name = _BOOLS[key]
        result.setdefault(group, {})[name] = _flag(key, value)
        return
    if value is None:
        raise FlagError(
            f'invalid argument "{word}" for "--mount" flag: invalid field \'{key}\' must be a key=value pair'
        )
    if key in _STRINGS:
        group, name = _STRINGS[key]
        result.setdefault(group, {})[name] = {"Name": value} if name == "DriverConfig" else value
    elif key == "bind-recursive":
        recursive = {
            "enabled": {},
            "disabled": {"NonRecursive": True},
            "writable": {"ReadOnlyNonRecursive": True},
            "readonly": {"ReadOnlyForceRecursive": True},
        }
        if value not in recursive:
            raise OptionError(
                f'invalid value for bind-recursive: {value} (must be "enabled", "disabled", "writable", or "readonly")'
            )
        result.setdefault("BindOptions", {}).update(recursive[value])
    elif key in ("volume-label", "volume-opt"):
        name, _, text = value.partition("=")
        options = result.setdefault("VolumeOptions", {})
        holder = options if key == "volume-label" else options.setdefault("DriverConfig", {})
        holder.setdefault("Labels" if key == "volume-label" else "Options", {})[name] = text
    elif key == "tmpfs-size":
        from hutch.model.size import parse_size

        result.setdefault("TmpfsOptions", {})["SizeBytes"] = parse_size(value)
    elif key == "tmpfs-mode":
        result.setdefault("TmpfsOptions", {})["Mode"] = int(value, 8)
    else:
        raise FlagError(f"invalid argument \"{word}\" for \"--mount\" flag: unexpected key '{key}' in '{key}={value}'")


def mount(word: str) -> dict[str, Any]:
    """A ``--mount`` word as an element of ``HostConfig.Mounts``; raises :class:`CommandError` in Docker's words."""
    result: dict[str, Any] = {"Type": "volume"}
    for field in _fields(word):
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
            _option(result, key, value, word)
    if "Target" not in result:
        raise FlagError(f'invalid argument "{word}" for "--mount" flag: target is required')
    if result["Type"] == "bind" and result.get("Source", "").startswith("."):
        import os

        result["Source"] = os.path.abspath(result["Source"])
    for group, owner in _OWNERS.items():
        if group in result and result["Type"] != owner:
            raise OptionError(f"cannot mix '{owner}-*' options with mount type '{result['Type']}'")
    return result
