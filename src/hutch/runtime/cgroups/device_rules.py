"""Device rules of an OCI config, parsed, with the ones every container gets from the runtime."""

from __future__ import annotations

from hutch.model.errors import Invalid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ANY = -1


class Rule:
    """Allow or deny ``access`` (letters of "rwm") on a device; ``kind`` a, b or c; numbers may be :data:`ANY`."""

    __slots__ = ("access", "allow", "kind", "major", "minor")

    def __init__(self, allow: bool, kind: str, major: int, minor: int, access: str) -> None:
        self.allow = allow
        self.kind = kind
        self.major = major
        self.minor = minor
        self.access = access

    def text(self) -> str:
        """The rule as the v1 files ``devices.allow`` and ``devices.deny`` take it."""
        if self.kind == "a":
            return "a"
        major = "*" if self.major == ANY else self.major
        minor = "*" if self.minor == ANY else self.minor
        return f"{self.kind} {major}:{minor} {self.access}"


_ALWAYS = (
    Rule(True, "c", ANY, ANY, "m"),
    Rule(True, "b", ANY, ANY, "m"),
    *(Rule(True, "c", 1, minor, "rwm") for minor in (3, 5, 7, 8, 9)),
    Rule(True, "c", 5, 0, "rwm"),
    Rule(True, "c", 5, 2, "rwm"),
    Rule(True, "c", 136, ANY, "rwm"),
)


def parse(entry: dict[str, Any]) -> Rule:
    """The rule that an element of ``linux.resources.devices`` describes. Raises Invalid."""
    kind = entry.get("type") or "a"
    access = entry.get("access") or ""
    if kind not in ("a", "b", "c", "u"):
        raise Invalid(f"invalid device type {kind!r} in a device rule: it must be a, b or c")
    if not access or set(access) - set("rwm"):
        raise Invalid(f"invalid device access {access!r} in a device rule: it must be letters of rwm")
    numbers = [ANY if entry.get(key) is None else int(entry[key]) for key in ("major", "minor")]
    if any(n < ANY or n >= 1 << 32 for n in numbers):
        raise Invalid(f"invalid device number {numbers[0]}:{numbers[1]} in a device rule")
    if kind == "a" and (numbers != [ANY, ANY] or set(access) != set("rwm")):
        raise Invalid(
            "a device rule of type a must be for all numbers and rwm", hint="use one rule for b and one for c"
        )
    return Rule(bool(entry.get("allow")), "c" if kind == "u" else kind, numbers[0], numbers[1], access)


def effective(entries: list[dict[str, Any]] | None) -> list[Rule]:
    """The rules to put in force, in order: what the config says from its last all-devices rule on, then the devices
    that every container needs (null, zero, full, random, urandom, tty, ptmx, pts; making nodes is always allowed).

    A list without an all-devices rule starts from nothing allowed. No list at all means: leave the device rules alone.
    Raises Invalid.
    """
    if not entries:
        return []
    rules = [parse(entry) for entry in entries]
    for index in range(len(rules) - 1, -1, -1):
        if rules[index].kind == "a":
            rules = rules[index:]
            break
    if rules[0].kind != "a":
        rules.insert(0, Rule(False, "a", ANY, ANY, "rwm"))
    if rules[0].allow and len(rules) == 1:
        return rules
    return _once([*rules, *_ALWAYS])


def _once(rules: list[Rule]) -> list[Rule]:
    """Without those that an earlier one says already, with nothing denied in between."""
    allowed: set[str] = set()
    kept = []
    for rule in rules:
        text = rule.text()
        if not rule.allow:
            allowed.clear()
        elif text in allowed:
            continue
        else:
            allowed.add(text)
        kept.append(rule)
    return kept
