"""Devices, resource limits and health checks from flags."""

from __future__ import annotations

from hutch.cli.container import values
from hutch.cli.errors import FlagError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags

_ULIMITS = " core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack "


def _is_access(text: str) -> bool:
    return bool(text) and not set(text) - set("rwm") and len(set(text)) == len(text)


def device(word: str) -> dict[str, str]:
    """``HOST[:CONTAINER[:rwm]]`` as an element of ``HostConfig.Devices``. Raises :class:`OptionError`."""
    parts = word.split(":")
    if len(parts) > 3 or not parts[0]:
        raise OptionError(f"bad format for path: {word}")
    inside, access = parts[0], "rwm"
    if len(parts) == 2 and _is_access(parts[1]):
        access = parts[1]
    elif len(parts) >= 2:
        inside = parts[1]
    if len(parts) == 3:
        access = parts[2]
        if not _is_access(access):
            raise OptionError(f"bad mode specified: {access}")
    if not inside.startswith("/"):
        raise OptionError(f"{inside} is not an absolute path")
    return {"PathOnHost": parts[0], "PathInContainer": inside, "CgroupPermissions": access}


def is_qualified(word: str) -> bool:
    """Whether ``--device`` names a device of a kind, ``VENDOR/CLASS=NAME`` (Container Device Interface)."""
    kind, equals, name = word.partition("=")
    vendor, slash, group = kind.partition("/")
    return bool(equals and name and slash and vendor and group) and vendor[0].isalpha() and group[0].isalpha()


def ulimit(word: str) -> dict[str, Any]:
    """``NAME=SOFT[:HARD]`` as an element of ``HostConfig.Ulimits``."""
    name, equals, values = word.partition("=")
    where = f'invalid argument "{word}" for "--ulimit" flag: '
    if not equals:
        raise FlagError(f"{where}invalid ulimit argument: {word}")
    if f" {name} " not in _ULIMITS:
        raise FlagError(f"{where}invalid ulimit type: {name}")
    soft, _, hard = values.partition(":")
    if ":" in hard:
        words = f"too many limit value arguments - {values}, can only have up to two, `soft[:hard]`"
        raise FlagError(f"{where}{words}")
    for text in [soft, hard] if ":" in values else [soft]:
        if not text.removeprefix("-").isdigit():
            raise FlagError(f'{where}strconv.ParseInt: parsing "{text}": invalid syntax') from None
    low = int(soft)
    high = int(hard) if hard else low
    if high != -1 and (low == -1 or low > high):
        which = f"soft: -1 (unlimited), hard: {high}" if low == -1 else f"{low} > {high}"
        raise FlagError(f"{where}ulimit soft limit must be less than or equal to hard limit: {which}")
    return {"Name": name, "Soft": low, "Hard": high}


def _rated(word: str, flag: str) -> tuple[str, str]:
    """(device, rate) of ``DEVICE:RATE``."""
    path, colon, rate = word.partition(":")
    if not colon or not path:
        raise values.wrong(word, f"--{flag}", f"bad format: {word}")
    if not path.startswith("/dev/"):
        raise values.wrong(word, f"--{flag}", f"bad format for device path: {word}")
    return path, rate


def throttle(word: str, flag: str, *, size: bool) -> dict[str, Any]:
    """``DEVICE:RATE`` (RATE a size if ``size``) of ``--device-read-bps`` and its like. Raises :class:`FlagError`."""
    path, rate = _rated(word, flag)
    number = -1
    if size:
        from hutch.model.errors import Invalid
        from hutch.model.size import parse_size

        try:
            number = parse_size(rate)
        except Invalid:
            number = -1
    elif rate.isascii() and rate.isdigit():
        number = int(rate)
    if not 0 <= number < 1 << 63:
        unit, more = ("[<unit>]", ". Unit is optional and can be kb, mb, or gb") if size else ("", "")
        form = f"The correct format is <device-path>:<number>{unit}. Number must be a positive integer{more}"
        raise values.wrong(word, f"--{flag}", f"invalid rate for device: {word}. {form}")
    return {"Path": path, "Rate": number}


def weight_device(word: str) -> dict[str, Any]:
    """``DEVICE:WEIGHT`` of ``--blkio-weight-device``. Raises :class:`FlagError`."""
    path, weight = _rated(word, "blkio-weight-device")
    if not (weight.isascii() and weight.isdigit()) or (int(weight) and not 10 <= int(weight) <= 1000):
        raise values.wrong(word, "--blkio-weight-device", f"invalid weight for device: {word}")
    return {"Path": path, "Weight": int(weight)}


def restart(text: str) -> dict[str, Any]:
    """``--restart`` as ``HostConfig.RestartPolicy``."""
    name, colon, count = text.partition(":")
    if colon and not name:
        raise OptionError("invalid restart policy format: no policy provided before colon")
    if count and not count.lstrip("-").isdigit():
        raise OptionError("invalid restart policy format: maximum retry count must be an integer")
    return {"Name": name, "MaximumRetryCount": int(count or 0)}


def security_options(words: list[str]) -> list[str]:
    """``--security-opt`` words; the file of ``seccomp=FILE`` is read here, since it is the client's."""
    out = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and word != "no-new-privileges":
            key, colon, value = word.partition(":")
            if not colon:
                raise OptionError(f'Invalid --security-opt: "{word}"')
        if not value and word != "no-new-privileges":
            raise OptionError(f'Invalid --security-opt: "{word}"')
        if key == "seccomp" and value not in ("unconfined", "builtin"):
            word = f"seccomp={_profile(value)}"
        out.append(word)
    return out


def _profile(path: str) -> str:
    """The text of a seccomp profile without blanks."""
    from hutch.model import json_text
    from hutch.model.errors import Invalid

    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return json_text.encode(json_text.decode(file.read()))
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise OptionError(f"opening seccomp profile ({path}) failed: open {path}: {reason}") from None
    except Invalid as error:
        raise OptionError(f"compacting json for seccomp profile ({path}) failed: {error.message}") from None


def health(flags: Flags) -> dict[str, Any] | None:
    """``Healthcheck`` of the ``--health-*`` flags; None without any."""
    names = {
        "health-interval": "Interval",
        "health-timeout": "Timeout",
        "health-retries": "Retries",
        "health-start-period": "StartPeriod",
        "health-start-interval": "StartInterval",
    }
    for name in names:
        if flags.number(name) < 0:
            raise OptionError(f"--{name} cannot be negative")
    given = {field: flags.number(name) for name, field in names.items() if flags.number(name)}
    command = flags.text("health-cmd")
    if flags.on("no-healthcheck"):
        if given or command:
            raise OptionError("--no-healthcheck conflicts with --health-* options")
        return {"Test": ["NONE"]}
    if not given and not command:
        return None
    return {**({"Test": ["CMD-SHELL", command]} if command else {}), **given}


def device_rules(words: list[str]) -> list[str]:
    """``--device-cgroup-rule`` words, checked."""
    for word in words:
        kind, _, rest = word.partition(" ")
        numbers, _, access = rest.partition(" ")
        major, _, minor = numbers.partition(":")
        good = all(part == "*" or part.isdigit() for part in (major, minor))
        if kind not in ("a", "b", "c") or not good or not access or set(access) - set("rwm"):
            raise FlagError(
                f'invalid argument "{word}" for "--device-cgroup-rule" flag: invalid device cgroup format \'{word}\''
            )
    return words
