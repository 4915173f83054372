"""``version``: what this daemon is (Engine API, ``GET /version``)."""

from __future__ import annotations

import os
import platform
import time
from typing import Any

import hutch

Json = dict[str, Any]
API = "1.55"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def architecture() -> str:
    """This machine as Go spells it."""
    machine = os.uname().machine
    return _ARCHITECTURES.get(machine, machine)


def version(oldest_api: str) -> Json:
    """The answer; ``oldest_api`` is the lowest version that is served."""
    kernel, python = os.uname().release, platform.python_version()
    built = _build_time()
    details = {
        "ApiVersion": API,
        "Arch": architecture(),
        "BuildTime": built,
        "Experimental": "false",
        "GitCommit": "",
        "GoVersion": "",
        "KernelVersion": kernel,
        "MinAPIVersion": oldest_api,
        "Os": "linux",
        "PythonVersion": python,
    }
    return {
        "Platform": {"Name": "hutch"},
        "Components": [
            {"Name": "Engine", "Version": hutch.__version__, "Details": details},
            {"Name": "hutch-runtime", "Version": hutch.__version__, "Details": {"GitCommit": ""}},
        ],
        "Version": hutch.__version__,
        "ApiVersion": API,
        "MinAPIVersion": oldest_api,
        "GitCommit": "",
        "GoVersion": "",
        "Os": "linux",
        "Arch": architecture(),
        "KernelVersion": kernel,
        "BuildTime": built,
    }


def _build_time() -> str:
    """When the package was installed: the age of its first file."""
    moment = os.stat(hutch.__file__).st_mtime
    return time.strftime("%Y-%m-%dT%H:%M:%S.000000000+00:00", time.gmtime(moment))
