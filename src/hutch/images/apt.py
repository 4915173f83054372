"""Where the machine's apt gets its packages from (sources.list(5), apt.conf(5)), for an image of the same family."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator
from typing import NamedTuple

from hutch.model.errors import Invalid

ETC = "/etc/apt"
APT_CONFIG = "/usr/bin/apt-config"
KEYRINGS = {
    "debian": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "ubuntu": "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
}
MIRRORS = {"debian": "http://deb.debian.org/debian", "ubuntu": "http://archive.ubuntu.com/ubuntu"}
_OPTIONS = ("Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::https::CAInfo", "Acquire::https::Verify-Peer")


class Source(NamedTuple):
    """One line of a sources list."""

    uri: str
    suite: str
    components: tuple[str, ...]
    options: tuple[str, ...] = ()

    def line(self) -> str:
        """The source in the one-line form."""
        options = f"[{' '.join(self.options)}] " if self.options else ""
        return f"deb {options}{self.uri} {self.suite} {' '.join(self.components)}"


def find_sources(suite: str, distribution: str, mirror: str = "", etc: str = ETC) -> list[Source]:
    """What an image of ``suite`` is to be made from: ``mirror``, or apt's own sources of that suite with its updates
    and security, or apt's mirror of that distribution, or the distribution's public one. Raises Invalid."""
    keyring = KEYRINGS.get(distribution, "")
    signed = (f"signed-by={keyring}",) if keyring and os.path.exists(keyring) else ()
    if mirror:
        if "://" not in mirror or any(c.isspace() or not c.isprintable() for c in mirror):
            raise Invalid(f"invalid mirror {mirror!r}", hint="write a URL")
        return [Source(mirror, suite, _components(distribution), signed)]
    known = list(_configured(etc))
    mine = [s for s in known if s.uri.rstrip("/").rpartition("/")[2].partition("-")[0] == distribution]
    exact = [s for s in mine if s.suite == suite or s.suite.startswith(f"{suite}-")]
    if any(s.suite == suite for s in exact):
        return exact
    if distribution not in MIRRORS:
        raise Invalid(f"no source of {suite} in apt's configuration", hint="name one with --mirror")
    uri = next((s.uri for s in mine if s.uri.rstrip("/").endswith("/" + distribution)), MIRRORS[distribution])
    return [Source(uri, suite, _components(distribution), signed)]


def _components(distribution: str) -> tuple[str, ...]:
    return ("main", "universe") if distribution == "ubuntu" else ("main",)


def _configured(etc: str) -> Iterator[Source]:
    """The binary sources that apt is configured with, in both forms."""
    for path in [f"{etc}/sources.list", *sorted(glob.glob(f"{etc}/sources.list.d/*"))]:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read(1 << 20)
        except OSError:
            continue
        if path.endswith(".list"):
            yield from parse_lines(text)
        elif path.endswith(".sources"):
            yield from parse_deb822(text)


def parse_lines(text: str) -> Iterator[Source]:
    """The sources of a ``.list`` file."""
    for raw in text.splitlines():
        line = raw.partition("#")[0].strip()
        if not line.startswith("deb "):
            continue
        rest = line[4:].strip()
        options: tuple[str, ...] = ()
        if rest.startswith("["):
            inside, _, rest = rest[1:].partition("]")
            options = tuple(inside.split())
        words = rest.split()
        if len(words) >= 3:
            yield Source(words[0], words[1], tuple(words[2:]), options)


def parse_deb822(text: str) -> Iterator[Source]:
    """The sources of a ``.sources`` file (deb822(5)); keys given inside the file are not taken over."""
    for paragraph in text.replace("\r", "").split("\n\n"):
        fields: dict[str, str] = {}
        key = ""
        for line in paragraph.splitlines():
            if line.startswith("#"):
                continue
            if line[:1].isspace():
                fields[key] = fields.get(key, "") + " " + line.strip()
            elif ":" in line:
                key, _, value = line.partition(":")
                key = key.strip().lower()
                fields[key] = value.strip()
        if fields.get("enabled", "yes").lower() in ("no", "false") or "deb" not in fields.get("types", "").split():
            continue
        signed = fields.get("signed-by", "")
        options: tuple[str, ...] = (f"signed-by={signed}",) if signed.startswith("/") else ()
        if fields.get("trusted", "").lower() in ("yes", "true"):
            options += ("trusted=yes",)
        for uri in fields.get("uris", "").split():
            for suite in fields.get("suites", "").split():
                yield Source(uri, suite, tuple(fields.get("components", "").split()), options)


def apt_options() -> list[str]:
    """Proxy and certificate settings of the machine's apt, as options for another one."""
    if not os.access(APT_CONFIG, os.X_OK):
        return []
    done = subprocess.run(
        [APT_CONFIG, "dump", *_OPTIONS], env={}, cwd="/", capture_output=True, timeout=30, check=False
    )
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return [line for line in lines if line.startswith(_OPTIONS) and not line.endswith('"";')]
