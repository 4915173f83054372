"""``hutch image bootstrap debian:bookworm``: a real distribution image, made on this machine with mmdebstrap.

The packages come from where the machine's own apt gets them, checked with its keyrings. With the same package
versions the image has the same bytes: ``SOURCE_DATE_EPOCH`` is the date of the suite's release file, the archive is
sorted, and what differs from run to run (logs, caches, machine id) is left out by mmdebstrap.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from hutch.images import clock
from hutch.images import tag as tags
from hutch.images.apt import Source, apt_options, find_sources
from hutch.images.import_ import import_
from hutch.images.store import Store
from hutch.model import reference
from hutch.model.errors import Invalid, System, Unavailable

Json = dict[str, Any]

MMDEBSTRAP = "/usr/bin/mmdebstrap"
SETPRIV = "/usr/bin/setpriv"
UNSHARE = "/usr/bin/unshare"
LISTS = "/var/lib/apt/lists"
VARIANTS = ("minbase", "essential", "apt", "custom", "extract", "required", "important", "standard", "buildd")
SUITES = {"debian": "stable", "ubuntu": "noble"}
_EPOCH = 1_700_000_000  # for suites whose release file is not on this machine
_KEEP = 40  # last lines of output that an error quotes from
_ENVIRONMENT = ("http_proxy", "https_proxy", "ftp_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_WORD = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.+-:_")


def bootstrap(
    store: Store, name: str, *, variant: str = "", include: Sequence[str] = (), mirror: str = ""
) -> Iterator[Json]:
    """Make the image ``name`` (``debian:bookworm``, ``ubuntu``); progress objects, the last one with the id.

    ``variant`` is mmdebstrap's (default ``minbase``), ``include`` names further packages, ``mirror`` replaces what apt
    is configured with. Raises Unavailable without mmdebstrap, Invalid for words that are none, System if it fails.
    """
    for tool, package in ((MMDEBSTRAP, "mmdebstrap"), (SETPRIV, "util-linux"), (UNSHARE, "util-linux")):
        if not os.access(tool, os.X_OK):
            raise Unavailable(f"{tool} is missing", hint=f"install it: apt-get install {package}")
    named = tags.target(name, "")
    suite = suite_of(named)
    sources = find_sources(suite, named.path.rpartition("/")[2], mirror)
    epoch = release_date(LISTS, suite, sources)
    with tempfile.TemporaryDirectory(dir=store.blobs.ingest) as work:
        target = os.path.join(work, "root.tar")
        argv = command(suite, variant or "minbase", include, sources, target)
        yield {"status": f"Bootstrapping {named.familiar} with mmdebstrap", "id": suite}
        yield from _run(argv, environment(os.environ, epoch, work), suite)
        with open(target, "rb") as archive:
            yield from import_(
                store,
                archive.read,
                repo=named.name,
                tag=str(named.tag),
                message=f"mmdebstrap --variant={variant or 'minbase'} {suite}",
                changes=["CMD " + ('["bash"]' if variant not in ("extract", "custom") else '["sh"]'),
                         "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                created=clock.stamp(epoch * 1_000_000_000),
            )  # fmt: skip
    yield {"status": f"Status: Made {named.familiar}"}


def suite_of(named: reference.Reference) -> str:
    """The suite that an image name means: its tag, or the distribution's current one for ``latest``; ``-slim`` counts
    for nothing, as minbase is slim. Raises Invalid."""
    distribution, tag = named.path.rpartition("/")[2], str(named.tag)
    if tag == reference.DEFAULT_TAG:
        if distribution not in SUITES:
            raise Invalid(f"{named.familiar} names no suite", hint="write one as the tag: debian:bookworm")
        tag = SUITES[distribution]
    suite = tag.removesuffix("-slim").lower()
    if not _WORD.issuperset(suite) or suite.startswith("-"):
        raise Invalid(f"{tag!r} is not the name of a suite")
    return suite


def command(suite: str, variant: str, include: Sequence[str], sources: Sequence[Source], target: str) -> list[str]:
    """The command line: mmdebstrap as root inside mount and process namespaces of its own. Raises Invalid.

    Its mounts of /proc, /sys and /dev are private and go away with them. When the daemon dies, unshare(1) does, and
    with it the first process of the namespace, and all others.
    """
    if variant not in VARIANTS:
        raise Invalid(f"unknown variant {variant!r}", hint=f"there are {', '.join(VARIANTS)}")
    packages = [package for item in include for package in item.replace(",", " ").split()]
    for package in packages:
        if not _WORD.issuperset(package) or package[0] in "-+.:":
            raise Invalid(f"{package!r} is not the name of a package")
    argv = [SETPRIV, "--pdeathsig", "KILL", "--", UNSHARE, "--mount", "--propagation", "private", "--pid", "--fork",
            "--kill-child", "--mount-proc", "--", MMDEBSTRAP, "--mode=root", f"--variant={variant}",
            "--format=tar"]  # fmt: skip
    if packages:
        argv.append("--include=" + ",".join(packages))
    argv += [f"--aptopt={option}" for option in apt_options()]
    return [*argv, suite, target, *(source.line() for source in sources)]


def environment(outer: os._Environ[str] | dict[str, str], epoch: int, work: str) -> dict[str, str]:
    """A fixed environment; of the daemon's own only the proxies."""
    fixed = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root", "TMPDIR": work,
             "DEBIAN_FRONTEND": "noninteractive", "SOURCE_DATE_EPOCH": str(epoch)}  # fmt: skip
    return {**{key: outer[key] for key in _ENVIRONMENT if key in outer}, **fixed}


def release_date(lists: str, suite: str, sources: Sequence[Source]) -> int:
    """The date of the suite's release file as apt has it here, in seconds since 1970; a fixed one if it has none."""
    for source in sources:
        if source.suite != suite:
            continue
        host = source.uri.partition("://")[2].rstrip("/").replace("/", "_")
        for name in (f"{host}_dists_{suite}_InRelease", f"{host}_dists_{suite}_Release"):
            try:
                with open(os.path.join(lists, name), encoding="utf-8", errors="replace") as file:
                    for line in file:
                        if line.startswith("Date:"):
                            return int(parsedate_to_datetime(line[5:].strip()).timestamp())
            except (OSError, ValueError):
                continue
    return _EPOCH


def _run(argv: list[str], env: dict[str, str], suite: str) -> Iterator[Json]:
    """Run the command, its output as progress; killed with all its children if nobody wants the rest."""
    process = subprocess.Popen(
        argv, env=env, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    last: list[str] = []
    try:
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace").strip().rpartition("\r")[2][:500]
            if line:
                last = [*last[-_KEEP:], line]
                yield {"status": line, "id": suite}
        code = process.wait()
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
    if code:
        errors = [line for line in last if line.startswith("E:")] or last[-3:]
        raise System(f"mmdebstrap ended with {code}: {'; '.join(errors)}")
