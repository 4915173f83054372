"""Loading the default AppArmor profile into the kernel, once at the daemon's start."""

from __future__ import annotations

import logging
import os
import subprocess

from hutch.spec import apparmor

_LOADED = "/sys/kernel/security/apparmor/profiles"
_PARSERS = ("/usr/sbin/apparmor_parser", "/sbin/apparmor_parser")
_TIMEOUT = 30.0

_logger = logging.getLogger(__name__)


def load_default() -> bool:
    """Whether containers can be confined by ``docker-default``: loaded now, in this version's text, or there already.

    A machine where that cannot be done runs containers unconfined by AppArmor, and ``info`` says so.
    """
    parser = next((path for path in _PARSERS if os.access(path, os.X_OK)), None)
    if parser is None:
        return is_loaded(apparmor.NAME)
    command = [parser, "--skip-cache", "--replace"]
    try:
        done = subprocess.run(
            command, input=apparmor.profile().encode(), env={}, cwd="/", capture_output=True, timeout=_TIMEOUT,
            check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        _logger.warning("the AppArmor profile %s is not loaded: %s", apparmor.NAME, error)
        return is_loaded(apparmor.NAME)
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip()
        _logger.warning("the AppArmor profile %s is not loaded: %s", apparmor.NAME, reason)
        return is_loaded(apparmor.NAME)
    return True


def is_loaded(name: str) -> bool:
    """Whether the kernel has a profile of that name (it tells root only, and where securityfs is mounted)."""
    try:
        with open(_LOADED, encoding="utf-8", errors="replace") as file:
            return has(file.read(1 << 22), name)
    except OSError:
        return False


def has(listing: str, name: str) -> bool:
    """Whether the kernel's listing, lines of ``name (mode)``, has the profile."""
    return any(line.rpartition(" (")[0] == name for line in listing.splitlines())
