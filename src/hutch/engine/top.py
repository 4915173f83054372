"""``top``: ``ps`` on the host, less what is not in the container (Engine API, ``GET /containers/{id}/top``)."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Collection
from typing import Any

from hutch.linux import programs
from hutch.model.errors import Invalid, System, Unsupported

Json = dict[str, Any]
_PATHS = ("/usr/bin/ps", "/bin/ps")
_ENV = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
PATIENCE = 10.0


def arguments(text: str) -> list[str]:
    """The arguments of ``ps``; ``-ef`` when none are given. Raises Invalid for options that take the PID away."""
    import shlex

    try:
        words = shlex.split(text) if text else ["-ef"]
    except ValueError as error:
        raise Invalid(f"invalid ps arguments {text!r}: {error}") from None
    for word in words:
        if "=" in word and not word.startswith("--") and "pid" in word:
            raise Invalid(f'specifying "{word}" is not allowed: ps fields must keep their names')
    return words


def select(output: str, pids: Collection[int]) -> Json:
    """The lines of ``ps`` output that are about ``pids``. Raises System when there is no PID column."""
    lines = output.splitlines()
    titles = lines[0].split() if lines else []
    if "PID" not in titles:
        raise System("Couldn't find PID field in ps output")
    at = titles.index("PID")
    processes = []
    for line in lines[1:]:
        fields = line.split(None, len(titles) - 1)
        if len(fields) > at and fields[at].isdigit() and int(fields[at]) in pids:
            processes.append(fields)
    return {"Processes": processes, "Titles": titles}


async def top(pids: Collection[int], ps_args: str) -> Json:
    """The processes. Raises Invalid, System, Unsupported when the host has no ``ps``."""
    words = arguments(ps_args)
    program = next((path for path in _PATHS if os.access(path, os.X_OK)), None)
    if program is None:
        raise Unsupported("top needs the program ps on the host", hint="install procps")
    output = await asyncio.to_thread(_run, [program, *words])
    return select(output, pids)


def _run(command: list[str]) -> str:
    try:
        done = programs.run(command, environment=_ENV, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise System("ps did not answer") from None
    if done.returncode:
        raise System(f"ps: {done.stderr.decode(errors='replace').strip().partition(chr(10))[0]}")  # no page of usage
    return done.stdout.decode(errors="replace")
