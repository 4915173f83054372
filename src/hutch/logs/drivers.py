"""The table of log drivers, and the check of their options (``--log-driver``, ``--log-opt``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from hutch.logs import patterns
from hutch.model.errors import Invalid, System, Unsupported
from hutch.model.size import parse_decimal_size, parse_size

_EXTRA = frozenset(("labels", "labels-regex", "env", "env-regex", "tag"))
_FILE = frozenset(("max-size", "max-file", "compress"))

KEPT: Mapping[str, frozenset[str]] = {"json-file": _FILE | _EXTRA, "local": _FILE | _EXTRA, "none": frozenset()}
"""Drivers whose records the keeper writes (or drops), with their own options."""

READABLE = frozenset(("json-file", "local"))

LATER = frozenset(("syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "gcplogs"))
"""Drivers of Docker on Linux that send records elsewhere: not written yet, refused by name."""

_COMMON = frozenset(("mode", "max-buffer-size", "cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"))
"""Options of every driver. The ones of the cache say how a second copy is kept of what can else not be read back: of
no driver here, so they change nothing."""
_BOOLS = frozenset(("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"))


def names() -> list[str]:
    """The drivers that work, as ``info`` lists them."""
    return sorted(KEPT)


def validate(driver: str, options: Mapping[str, str]) -> None:
    """Check what Docker checks when a container is created: driver, names of options, delivery mode; in its texts.

    Raises Invalid for an unknown driver or option, Unsupported for a driver that is not there yet.
    """
    known = KEPT.get(driver)
    if known is None:
        if driver in LATER:
            raise Unsupported(f"log driver {driver} is not supported yet", hint=f"use one of {', '.join(names())}")
        raise Invalid(f'error looking up logging plugin {driver}: plugin "{driver}" not found')
    if driver == "none":
        return
    _check_common(options)
    for name in options:
        if name not in known and name not in _COMMON:
            text = "for log driver local" if driver == "local" else f"for {driver} log driver"
            raise Invalid(f"unknown log opt '{name}' {text}")


def check_values(driver: str, options: Mapping[str, str]) -> None:
    """Check what Docker checks when a container is started: the values of the driver's own options.

    Raises System in Docker's words.
    """
    try:
        if driver == "json-file":
            _check_json_file(options)
        elif driver == "local":
            _check_local(options)
        _check_patterns(options)
    except Invalid as error:
        raise System(f"{FAILED}{error.message}") from None


FAILED = "failed to create task for container: failed to initialize logging driver: "
"""What Docker writes before the reason why a container's log cannot be."""


def _check_common(options: Mapping[str, str]) -> None:
    disabled = options.get("cache-disabled", "")
    if disabled and disabled not in _BOOLS:
        raise Invalid(f"invalid value for option cache-disabled: {disabled}")
    mode = options.get("mode", "")
    if mode not in ("", "blocking", "non-blocking"):
        raise Invalid(f"logger: logging mode not supported: {mode}")
    if "max-buffer-size" in options:
        if mode != "non-blocking":
            raise Invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
        try:
            parse_size(options["max-buffer-size"])
        except Invalid as error:
            raise Invalid(f"error parsing option max-buffer-size: {error.message}") from None


def _check_json_file(options: Mapping[str, str]) -> None:
    size = options.get("max-size", "")
    if size and size != "-1" and parse_decimal_size(size) <= 0:
        raise Invalid("max-size must be a positive number")
    files = _max_file(options.get("max-file", ""))
    if files is not None and files < 1:
        raise Invalid("max-file cannot be less than 1")
    if _compress(options) and (files == 1 or size == "-1"):
        raise Invalid("compress cannot be true when max-file is less than 2 or max-size is not set")


def _check_local(options: Mapping[str, str]) -> None:
    size = options.get("max-size", "")
    if size and size != "-1":
        with _said(f"invalid value for max-size: {size}: "):
            parse_decimal_size(size)
    text = options.get("max-file", "")
    with _said(f"invalid value for max-file: {text}: "):
        files = _max_file(text)
    with _said("error reading compress log option: "):
        compress = _compress(options)
    if files is not None and files < 0:
        raise Invalid("max file count cannot be less than 0")
    if files is not None and files < 2 and compress is not False:
        raise Invalid("compression cannot be enabled when max file count is 1")


@contextmanager
def _said(before: str) -> Iterator[None]:
    """Puts words before what is wrong."""
    try:
        yield
    except Invalid as error:
        raise Invalid(f"{before}{error.message}") from None


def _compress(options: Mapping[str, str]) -> bool | None:
    """The value of ``compress``, None when there is none. Raises Invalid."""
    text = options.get("compress", "")
    if not text:
        return None
    if text not in _BOOLS:
        raise Invalid(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    return text.lower() in ("1", "t", "true")


def _max_file(text: str) -> int | None:
    if not text:
        return None
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
        raise Invalid(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def _check_patterns(options: Mapping[str, str]) -> None:
    for name in ("labels-regex", "env-regex"):
        patterns.compiled(options.get(name, ""))
