"""``registries`` of ``daemon.json``: for each registry, or a part of one, its mirrors and whether it may be insecure.

A key is ``*`` (every registry that no other key names), a registry (``quay.io``) or a part of its repositories
(``quay.io/team``); the longest that fits counts. A mirror with ``http://`` or ``https://`` is the base of another
registry's API, which has the repositories under the same names. A mirror without is a place in another registry that
stands for what the key names: with ``{"quay.io": {"mirrors": ["m.corp/quay"]}}``, ``quay.io/team/app`` is asked for as
``m.corp/quay/team/app``. In both, ``{registry}`` is replaced by the registry's name, for the key ``*``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hutch.model import reference
from hutch.model.errors import Invalid

ANY = "*"
_KNOWN = {"mirrors": list, "insecure": bool}


class Rule(NamedTuple):
    """What holds for the repositories that ``key`` names."""

    key: str
    mirrors: tuple[str, ...] = ()
    insecure: bool = False


def parse(key: str, value: Any) -> Rule:
    """One entry of the map. Raises Invalid for what is not known, of another type, or cannot be asked."""
    if not isinstance(value, dict):
        raise Invalid(f"registries: {key}: it must be an object")
    for name, content in value.items():
        if name not in _KNOWN:
            raise Invalid(f"registries: {key}: {name} is not known", hint=f"known are {', '.join(_KNOWN)}")
        if type(content) is not _KNOWN[name]:
            raise Invalid(f"registries: {key}: the value of {name} has the wrong type")
    mirrors = value.get("mirrors", [])
    if not all(isinstance(mirror, str) for mirror in mirrors):
        raise Invalid(f"registries: {key}: the value of mirrors has the wrong type")
    return check(Rule(key, tuple(mirrors), value.get("insecure", False)))


def check(rule: Rule) -> Rule:
    """``rule`` if it can be meant so. Raises Invalid."""
    domain, _, path = rule.key.partition("/")
    if rule.key != ANY:
        try:
            named = reference.parse(f"{domain}/{path or 'x'}")
            good = named.domain == domain and named.tag is None and named.digest is None
        except Invalid:
            good = False
        if not good:
            raise Invalid(
                f"registries: {rule.key!r} names no registry", hint="it is host[:port], host[:port]/path or *"
            )
    if rule.insecure and (rule.key == ANY or path):
        raise Invalid(f"registries: {rule.key}: insecure is a matter of one whole registry")
    for mirror in rule.mirrors:
        scheme, separator, rest = mirror.partition("://")
        plain = (rest if separator else mirror).replace("{registry}", "x")
        if (separator and scheme not in ("http", "https")) or not plain.partition("/")[0]:
            raise Invalid(f'registries: {rule.key}: invalid mirror: "{mirror}" is not a valid URI')
        if any(sign in plain for sign in "@?#{} ") or not plain.isascii():
            raise Invalid(f'registries: {rule.key}: invalid mirror: "{mirror}" has user, query or fragment')
    return rule


def find(rules: tuple[Rule, ...], domain: str, path: str) -> Rule | None:
    """The rule with the longest key that names the repository ``path`` of ``domain``."""
    name = f"{domain}/{path}"
    fitting = [rule for rule in rules if rule.key == ANY or name == rule.key or name.startswith(rule.key + "/")]
    return max(fitting, key=lambda rule: 0 if rule.key == ANY else len(rule.key), default=None)
