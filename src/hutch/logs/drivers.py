"""The table of log drivers, and the check of their options (``--log-driver``, ``--log-opt``)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hutch.model.errors import Invalid, Unsupported
from hutch.runtime.keeper.log import parse_size

_EXTRA = frozenset(("labels", "labels-regex", "env", "env-regex", "tag"))
_FILE = frozenset(("max-size", "max-file", "compress"))

KEPT: Mapping[str, frozenset[str]] = {"json-file": _FILE | _EXTRA, "local": _FILE | _EXTRA, "none": frozenset()}
"""Drivers whose records the keeper writes (or drops), with their own options."""

READABLE = frozenset(("json-file", "local"))

LATER = frozenset(("syslog", "journald", "gelf", "fluentd", "awslogs", "splunk", "gcplogs"))
"""Drivers of Docker on Linux that send records elsewhere: not written yet, refused by name."""

_DUAL = frozenset(("cache-disabled", "cache-max-size", "cache-max-file", "cache-compress"))
_BOOLS = frozenset(("1", "t", "T", "true", "TRUE", "True", "0", "f", "F", "false", "FALSE", "False"))


def names() -> list[str]:
    """The drivers that work, as ``info`` lists them."""
    return sorted(KEPT)


def validate(driver: str, options: Mapping[str, str]) -> None:
    """Check a driver's name and options, with Docker's texts.

    Raises Invalid for an unknown driver or a bad option, Unsupported for a driver that is not there yet.
    """
    known = KEPT.get(driver)
    if known is None:
        if driver in LATER:
            raise Unsupported(f"log driver {driver} is not supported yet", hint=f"use one of {', '.join(names())}")
        raise Invalid(f'error looking up logging plugin {driver}: plugin "{driver}" not found')
    _check_common(driver, options)
    rest = {name: value for name, value in options.items() if name not in ("mode", "max-buffer-size")}
    if driver == "none" and rest:
        raise Invalid("invalid logging opts for driver none")
    for name in rest:
        if name not in known:
            text = "for log driver local" if driver == "local" else f"for {driver} log driver"
            raise Invalid(f"unknown log opt '{name}' {text}")
    try:
        _check_file(rest)
        _check_patterns(rest)
    except Invalid as error:
        raise Invalid(f"failed to initialize logging driver: {error.message}") from None


def _check_common(driver: str, options: Mapping[str, str]) -> None:
    for name in _DUAL.intersection(options):
        raise Unsupported(
            f"log opt '{name}' is not supported yet: log driver {driver} is readable without a second copy"
        )
    mode = options.get("mode", "")
    if mode not in ("", "blocking", "non-blocking"):
        raise Invalid(f"logger: logging mode not supported: {mode}")
    if "max-buffer-size" in options and mode != "non-blocking":
        raise Invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'")
    if mode == "non-blocking":
        raise Unsupported(f"log opt 'mode=non-blocking' is not supported yet for log driver {driver}")


def _check_file(options: Mapping[str, str]) -> None:
    size = options.get("max-size", "")
    if size and size != "-1" and parse_size(size) <= 0:
        raise Invalid("max-size must be a positive number")
    files = _max_file(options.get("max-file", ""))
    if files is not None and files < 1:
        raise Invalid("max-file cannot be less than 1")
    compress = options.get("compress", "")
    if compress and compress not in _BOOLS:
        raise Invalid(f'strconv.ParseBool: parsing "{compress}": invalid syntax')
    if compress.lower() in ("1", "t", "true") and (files == 1 or size == "-1"):
        raise Invalid("compress cannot be true when max-file is less than 2 or max-size is not set")


def _max_file(text: str) -> int | None:
    if not text:
        return None
    if not (text.removeprefix("-").isascii() and text.removeprefix("-").isdigit()):
        raise Invalid(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def _check_patterns(options: Mapping[str, str]) -> None:
    for name in ("labels-regex", "env-regex"):
        try:
            re.compile(options.get(name, ""))
        except re.error as error:
            raise Invalid(f"error parsing regexp: {error.msg}: `{options[name]}`") from None
