"""From Docker's seccomp profile format to ``linux.seccomp`` of the OCI config.

The profile's entries carry conditions (capabilities held, architecture, kernel version); here they are decided, so
that the runtime's compiler sees plain rules. The default profile is data of the Moby project under Apache-2.0, kept
unchanged in ``seccomp_default.json``.
"""

from __future__ import annotations

import functools
from collections.abc import Set as AbstractSet
from typing import Any

import msgspec

from hutch.model.errors import Invalid

_NATIVE = {"amd64": "SCMP_ARCH_X86_64", "386": "SCMP_ARCH_X86", "arm64": "SCMP_ARCH_AARCH64", "arm": "SCMP_ARCH_ARM"}
_MAX_PROFILE = 4 << 20
Profile = dict[str, Any]


@functools.cache
def default_profile() -> Profile:
    """The default profile."""
    with open(__file__.removesuffix("seccomp.py") + "seccomp_default.json", "rb") as file:
        return parse(file.read())


def parse(text: bytes | str) -> Profile:
    """The profile that a client sent as text. Raises Invalid."""
    if len(text) > _MAX_PROFILE:
        raise Invalid("decoding seccomp profile failed: it is larger than 4 MiB")
    try:
        profile = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as e:
        raise Invalid(f"Decoding seccomp profile failed: {e}") from e
    if not isinstance(profile, dict):
        raise Invalid("Decoding seccomp profile failed: it is not a JSON object")
    return profile


def evaluate(profile: Profile, *, arch: str, kernel: tuple[int, int], capabilities: AbstractSet[str]) -> Profile:
    """``linux.seccomp`` for a container with these capabilities on this machine. Raises Invalid for a profile that
    says the same thing in two ways or has values of the wrong kind."""
    try:
        return _evaluate(profile, arch, kernel, capabilities)
    except (TypeError, AttributeError, KeyError) as e:
        raise Invalid(f"invalid seccomp profile: {e}") from e


def _evaluate(profile: Profile, arch: str, kernel: tuple[int, int], capabilities: AbstractSet[str]) -> Profile:
    if profile.get("architectures") and profile.get("archMap"):
        raise Invalid(
            "both 'architectures' and 'archMap' are specified in the seccomp profile, "
            "use either 'architectures' or 'archMap'"
        )
    if not profile.get("defaultAction"):
        raise Invalid("invalid seccomp profile: defaultAction is missing")
    result: Profile = {"defaultAction": profile["defaultAction"]}
    for key in ("defaultErrnoRet", "listenerPath", "listenerMetadata"):
        if profile.get(key) is not None:
            result[key] = profile[key]
    if profile.get("flags"):
        result["flags"] = list(profile["flags"])
    architectures = list(profile.get("architectures") or ())
    for entry in profile.get("archMap") or ():
        if entry["architecture"] == _NATIVE.get(arch):
            architectures = [entry["architecture"], *(entry.get("subArchitectures") or ())]
    if architectures:
        result["architectures"] = architectures
    calls = [_rule(entry) for entry in profile.get("syscalls") or () if _holds(entry, arch, kernel, capabilities)]
    result["syscalls"] = calls
    return result


def _holds(entry: Profile, arch: str, kernel: tuple[int, int], capabilities: AbstractSet[str]) -> bool:
    """Whether an entry applies: none of what it excludes, all of what it includes."""
    without, with_ = entry.get("excludes") or {}, entry.get("includes") or {}
    if arch in (without.get("arches") or ()) or any(c in capabilities for c in without.get("caps") or ()):
        return False
    if without.get("minKernel") and kernel >= version(without["minKernel"]):
        return False
    if with_.get("arches") and arch not in with_["arches"]:
        return False
    if any(c not in capabilities for c in with_.get("caps") or ()):
        return False
    return not (with_.get("minKernel") and kernel < version(with_["minKernel"]))


def _rule(entry: Profile) -> Profile:
    if entry.get("name") and entry.get("names"):
        raise Invalid("both 'name' and 'names' are specified in the seccomp profile, use either 'name' or 'names'")
    names = [entry["name"]] if entry.get("name") else list(entry.get("names") or ())
    rule: Profile = {"names": names, "action": entry["action"]}
    if entry.get("errnoRet") is not None:
        rule["errnoRet"] = entry["errnoRet"]
    if entry.get("args"):
        rule["args"] = [
            {k: a[k] for k in ("index", "value", "valueTwo", "op") if a.get(k) is not None} for a in entry["args"]
        ]
    return rule


def version(text: str) -> tuple[int, int]:
    """(major, minor) of a kernel version like "4.8". Raises Invalid."""
    major, _, minor = text.partition(".")
    if not (major.isascii() and major.isdigit() and minor.isascii() and minor.isdigit()):
        raise Invalid(f"invalid seccomp profile: invalid kernel version {text!r}")
    return int(major), int(minor)
