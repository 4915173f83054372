"""Devices, resource limits and health checks from flags."""

from __future__ import annotations

from hutch.cli.errors import FlagError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags

_ULIMITS = " core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack "


def device(word: str) -> dict[str, str]:
    """``HOST[:CONTAINER[:rwm]]`` as an element of ``HostConfig.Devices``."""
    parts = word.split(":")
    inside, permissions = parts[0], "rwm"
    if len(parts) > 3 or not parts[0]:
        raise OptionError(f"invalid device specification: {word}")
    if len(parts) == 2 and parts[1] and not set(parts[1]) - set("rwm"):
        permissions = parts[1]
    elif len(parts) >= 2:
        inside = parts[1] or inside
        permissions = parts[2] if len(parts) == 3 else permissions
    if set(permissions) - set("rwm"):
        raise OptionError(f"bad mode specified: {permissions}")
    return {"PathOnHost": parts[0], "PathInContainer": inside, "CgroupPermissions": permissions}


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
    try:
        low = int(soft)
        high = int(hard) if hard else low
    except ValueError:
        bad = soft if not soft.lstrip("-").isdigit() else hard
        raise FlagError(f'{where}strconv.ParseInt: parsing "{bad}": invalid syntax') from None
    if high != -1 and (low == -1 or low > high):
        raise FlagError(f"{where}ulimit soft limit must be less than or equal to hard limit: {low} > {high}")
    return {"Name": name, "Soft": low, "Hard": high}


def throttle(word: str, *, size: bool) -> dict[str, Any]:
    """``DEVICE:RATE`` (RATE a size if ``size``) of ``--device-read-bps`` and its like."""
    path, colon, rate = word.rpartition(":")
    if not colon or not path.startswith("/dev/"):
        raise OptionError(f"bad format for device path: {word}")
    if not size:
        if not rate.isdigit():
            raise OptionError(
                f"invalid rate for device: {word}. The correct format is <device-path>:<number>. "
                f"Number must be a positive integer"
            )
        return {"Path": path, "Rate": int(rate)}
    from hutch.model.errors import Invalid
    from hutch.model.size import parse_size

    try:
        return {"Path": path, "Rate": parse_size(rate)}
    except Invalid:
        raise OptionError(
            f"invalid rate for device: {word}. The correct format is <device-path>:<number>[<unit>]. "
            "Number must be a positive integer. Unit is optional and can be kb, mb, or gb"
        ) from None


def weight_device(word: str) -> dict[str, Any]:
    """``DEVICE:WEIGHT`` of ``--blkio-weight-device``."""
    path, _, weight = word.rpartition(":")
    if not path.startswith("/dev/"):
        raise OptionError(f"bad format for device path: {word}")
    if not weight.isdigit() or (weight != "0" and not 10 <= int(weight) <= 1000):
        raise OptionError(f"invalid weight for device: {word}")
    return {"Path": path, "Weight": int(weight)}


def restart(text: str) -> dict[str, Any]:
    """``--restart`` as ``HostConfig.RestartPolicy``."""
    name, colon, count = text.partition(":")
    if colon and not name:
        raise OptionError("invalid restart policy format: no policy provided before colon")
    if colon and not count.lstrip("-").isdigit():
        raise OptionError("invalid restart policy format: maximum retry count must be an integer")
    return {"Name": name, "MaximumRetryCount": int(count) if colon else 0}


def security_options(words: list[str]) -> list[str]:
    """``--security-opt`` words; the file of ``seccomp=FILE`` is read here, since it is the client's."""
    from hutch.model import json_text

    out = []
    for word in words:
        key, equals, value = word.partition("=")
        if not equals and word != "no-new-privileges":
            key, colon, value = word.partition(":")
            if not colon:
                raise OptionError(f'invalid --security-opt: "{word}"')
        if key == "seccomp" and value not in ("unconfined", "builtin"):
            try:
                with open(value, encoding="utf-8") as file:
                    word = f"seccomp={json_text.encode(json_text.decode(file.read()))}"
            except OSError as error:
                raise OptionError(
                    f"opening seccomp profile ({value}) failed: open {value}: {(error.strerror or '').lower()}"
                ) from None
        out.append(word)
    return out


def health(flags: Flags) -> dict[str, Any] | None:
    """``Healthcheck`` of the ``--health-*`` flags; None without any."""
    names = {
        "health-interval": "Interval",
        "health-timeout": "Timeout",
        "health-retries": "Retries",
        "health-start-period": "StartPeriod",
        "health-start-interval": "StartInterval",
    }
    given = {field: flags.number(name) for name, field in names.items() if name in flags}
    command = flags.text("health-cmd")
    if flags.on("no-healthcheck"):
        if given or command:
            raise OptionError("--no-healthcheck conflicts with --health-* options")
        return {"Test": ["NONE"]}
    if not given and not command:
        return None
    if any(value < 0 for value in given.values()):
        raise OptionError("--health-* values cannot be negative")
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
