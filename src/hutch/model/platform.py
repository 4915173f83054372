"""The machine an image is for, ``os/architecture[/variant]``, with Go's architecture names (OCI image index spec)."""

from __future__ import annotations

import os

from hutch.model.errors import Invalid

_MACHINES = {
    "x86_64": ("amd64", ""),
    "amd64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "386": ("386", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
    "arm": ("arm", "v7"),
    "ppc64le": ("ppc64le", ""),
    "s390x": ("s390x", ""),
    "riscv64": ("riscv64", ""),
    "mips64le": ("mips64le", ""),
    "loong64": ("loong64", ""),
}
_SYSTEMS = frozenset(("linux", "windows", "darwin", "freebsd", "netbsd", "openbsd", "solaris", "aix"))
_COMPONENT = "^[A-Za-z0-9_.-]+$"
_SYSTEM = r"^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.%-]*)((?:\\+[A-Za-z0-9_.%-]+)*)\\))?$"
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")


class Platform:
    """One platform; ``variant`` may be empty."""

    __slots__ = ("architecture", "os", "variant")

    def __init__(self, os: str, architecture: str, variant: str = "") -> None:
        self.os = os
        self.architecture = architecture
        self.variant = variant

    def __str__(self) -> str:
        return "/".join(p for p in (self.os, self.architecture, self.variant) if p)

    def __repr__(self) -> str:
        return f"Platform({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Platform) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def accepts(self, other: Platform) -> bool:
        """Whether an image for ``other`` is one for this platform; a variant counts only if both name one."""
        if (self.os, self.architecture) != (other.os, other.architecture):
            return False
        return not self.variant or not other.variant or self.variant == other.variant


def parse(text: str) -> Platform:
    """``linux/arm64/v8``, ``linux/amd64``, or only ``linux`` or ``amd64``. Raises Invalid."""
    parts = text.split("/")
    _check(text, parts)
    if len(parts) == 1:
        here = host()
        if parts[0].lower() in _SYSTEMS:
            return Platform(parts[0].lower(), here.architecture, here.variant)
        known = _MACHINES.get(parts[0].lower())
        if not known:
            raise Invalid(f'"{text}": unknown operating system or architecture: invalid argument')
        return Platform(here.os, *known)
    architecture, variant = _MACHINES.get(parts[1].lower(), (parts[1].lower(), ""))
    if len(parts) == 3:
        variant = "" if (architecture, parts[2]) == ("arm64", "v8") else parts[2]
    return Platform(parts[0].lower(), architecture, variant)


def _check(text: str, parts: list[str]) -> None:
    """Raises Invalid in the words of Docker's parser, which clients show."""
    for number, part in enumerate(parts):
        if part and _WORD.issuperset(part):
            continue
        if number:
            what, rule = f'component of "{text}": platform', _COMPONENT
        else:
            what, rule = f'OS component of "{text}": OSAndVersion', _SYSTEM
        raise Invalid(f'"{part}" is an invalid {what} specifier component must match "{rule}": invalid argument')
    if len(parts) > 3:
        raise Invalid(f'"{text}": cannot parse platform specifier: invalid argument')


def host() -> Platform:
    """The platform of this machine."""
    machine = os.uname().machine
    return Platform("linux", *_MACHINES.get(machine, (machine, "")))
