"""``registries`` of ``daemon.json``: for each registry, or a part of one, its mirrors and whether it may be insecure.

A key is ``*`` (every registry that no other key names), a registry (``quay.io``) or a part of its repositories
(``quay.io/team``); the longest that fits counts. A mirror with ``http://`` or ``https://`` is the base of another
registry's API, which has the repositories under the same names. A mirror without is a place in another registry that
stands for what the key names: with ``{"quay.io": {"mirrors": ["m.corp/quay"]}}``, ``quay.io/team/app`` is asked for as
``m.corp/quay/team/app``. In both, ``{registry}`` is replaced by the registry's name, for the key ``*``.

What is said of a mirror's own host holds whenever it is asked: ``insecure``, ``ca`` (a file of authorities to trust),
and ``username`` with ``password-file``, which the engine shows it when it is asked as a mirror.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from hutch.model import reference
from hutch.model.errors import Invalid, System

ANY = "*"
_PASSWORD = 64 << 10  # bytes
_KNOWN = {"mirrors": list, "insecure": bool, "ca": str, "username": str, "password-file": str}
_WHOLE = ("insecure", "ca", "username", "password_file")


class Rule(NamedTuple):
    """What holds for the repositories that ``key`` names."""

    key: str
    mirrors: tuple[str, ...] = ()
    insecure: bool = False
    ca: str = ""
    username: str = ""
    password_file: str = ""


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
    texts = (value.get(name, "") for name in ("ca", "username", "password-file"))
    return check(Rule(key, tuple(mirrors), value.get("insecure", False), *texts))


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
    for name in _WHOLE:
        if getattr(rule, name) and (rule.key == ANY or path):
            raise Invalid(f"registries: {rule.key}: {name.replace('_', '-')} is a matter of one whole registry")
    if bool(rule.username) != bool(rule.password_file):
        raise Invalid(f"registries: {rule.key}: username and password-file belong together")
    for file in (rule.ca, rule.password_file):
        if file and not file.startswith("/"):
            raise Invalid(f"registries: {rule.key}: {file!r} is no absolute path")
    for mirror in rule.mirrors:
        scheme, separator, rest = mirror.partition("://")
        plain = (rest if separator else mirror).replace("{registry}", "x")
        if (separator and scheme not in ("http", "https")) or not plain.partition("/")[0]:
            raise Invalid(f'registries: {rule.key}: invalid mirror: "{mirror}" is not a valid URI')
        if any(sign in plain for sign in "@?#{} ") or not plain.isascii():
            raise Invalid(f'registries: {rule.key}: invalid mirror: "{mirror}" has user, query or fragment')
    return rule


def password(rule: Rule) -> str:
    """What the rule's ``password-file`` has, without the last newline; read anew each time, as it may be changed.

    Raises System if it cannot be read, or others than its owner may read it.
    """
    try:
        with open(rule.password_file, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_PASSWORD).decode()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise System(f"registries: {rule.key}: password-file {rule.password_file}: {why}") from error
    if mode & 0o077:
        raise System(f"registries: {rule.key}: password-file {rule.password_file} may be read by others",
                     hint=f"chmod 600 {rule.password_file}")  # fmt: skip
    return text.removesuffix("\n")


def find(rules: tuple[Rule, ...], domain: str, path: str) -> Rule | None:
    """The rule with the longest key that names the repository ``path`` of ``domain``."""
    name = f"{domain}/{path}"
    fitting = [rule for rule in rules if rule.key == ANY or name == rule.key or name.startswith(rule.key + "/")]
    return max(fitting, key=lambda rule: 0 if rule.key == ANY else len(rule.key), default=None)
