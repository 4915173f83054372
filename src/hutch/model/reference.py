"""Names of images as people write them, and what they mean (the reference grammar of the distribution project).

``busybox`` means ``docker.io/library/busybox:latest``: the first form is *familiar*, the second *normalized*.
Written by hand instead of with ``re``: the command parses references and has to start fast.
"""

from __future__ import annotations

from hutch.model import digest as _digest
from hutch.model.errors import Invalid

DEFAULT_DOMAIN = "docker.io"
LEGACY_DOMAIN = "index.docker.io"
OFFICIAL = "library/"
DEFAULT_TAG = "latest"

_NAME_LIMIT = 255
_TAG_LIMIT = 128
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_ALNUM = _LOWER | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TAG = _ALNUM | frozenset("_.-")
_TAG_FIRST = _ALNUM | frozenset("_")
_DIGITS = frozenset("0123456789")
_IPV6 = frozenset("0123456789abcdefABCDEF:")


class Reference:
    """A normalized reference: ``domain``, ``path``, and at least nothing more: ``tag`` and ``digest`` may be None."""

    __slots__ = ("digest", "domain", "path", "tag")

    def __init__(self, domain: str, path: str, tag: str | None = None, digest: str | None = None) -> None:
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest

    @property
    def name(self) -> str:
        """The normalized repository, ``docker.io/library/busybox``."""
        return f"{self.domain}/{self.path}"

    @property
    def familiar_name(self) -> str:
        """The repository as people write it, ``busybox``."""
        if self.domain != DEFAULT_DOMAIN:
            return self.name
        path = self.path.removeprefix(OFFICIAL)
        # library/foo/bar and names that would read as a registry must keep their prefix to mean the same.
        if path != self.path and ("/" in path or not path):
            return self.path
        return path

    @property
    def familiar(self) -> str:
        """The whole reference as people write it, ``busybox:latest``."""
        return self.familiar_name + self._suffix()

    def _suffix(self) -> str:
        return (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def with_default_tag(self) -> Reference:
        """The same with ``:latest`` if it had neither tag nor digest."""
        if self.tag or self.digest:
            return self
        return Reference(self.domain, self.path, DEFAULT_TAG)

    def with_tag(self, tag: str) -> Reference:
        """The same repository with this tag. Raises Invalid."""
        return Reference(self.domain, self.path, check_tag(tag))

    def __str__(self) -> str:
        return self.name + self._suffix()

    def __repr__(self) -> str:
        return f"Reference({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reference) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))


def parse(text: str) -> Reference:
    """The normalized reference that ``text`` means; no tag is added. Raises Invalid with Docker's words."""
    if len(text) == 64 and _digest.is_hex(text):
        raise Invalid(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    domain, rest = split_domain(text)
    remote, digest = _cut_digest(rest)
    path, colon, tag = remote.rpartition(":") if ":" in remote.rpartition("/")[2] else (remote, "", "")
    if path != path.lower():
        raise Invalid(f"invalid reference format: repository name ({path}) must be lowercase")
    if not _is_domain(domain) or not is_path(path) or (colon and not is_tag(tag)):
        raise Invalid("invalid reference format")
    if len(domain) + 1 + len(path) > _NAME_LIMIT:
        raise Invalid("repository name must not be more than 255 characters")
    return Reference(domain, path, tag or None, digest)


def parse_tagged(text: str) -> Reference:
    """As :func:`parse`, with ``:latest`` where neither a tag nor a digest is given."""
    return parse(text).with_default_tag()


def split_domain(text: str) -> tuple[str, str]:
    """(registry, rest): the first part is a registry if it looks like a host, else Docker Hub is meant."""
    first, slash, rest = text.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        domain, rest = DEFAULT_DOMAIN, text
    else:
        domain = DEFAULT_DOMAIN if first == LEGACY_DOMAIN else first
    if domain == DEFAULT_DOMAIN and "/" not in rest:
        rest = OFFICIAL + rest
    return domain, rest


def is_tag(tag: str) -> bool:
    """Whether ``tag`` is one: a word character, then up to 127 of word characters, dots and dashes."""
    return 0 < len(tag) <= _TAG_LIMIT and tag[0] in _TAG_FIRST and _TAG.issuperset(tag)


def check_tag(tag: str) -> str:
    """``tag`` if it is one. Raises Invalid."""
    if not is_tag(tag):
        raise Invalid("invalid tag format")
    return tag


def is_path(path: str) -> bool:
    """Whether every part of ``path`` is a name: lower-case words joined by ``.``, ``_``, ``__`` or dashes."""
    return all(_is_component(part) for part in path.split("/"))


def _is_component(part: str) -> bool:
    words, separator = 0, ""
    for character in part + "\0":
        if character in _LOWER:
            if separator and (words == 0 or not (separator in (".", "_", "__") or not separator.strip("-"))):
                return False
            separator = ""
            words += 1
        elif character == "\0":
            return words > 0 and not separator
        elif character in "._-":
            separator += character
        else:
            return False
    return False


def _cut_digest(rest: str) -> tuple[str, str | None]:
    remote, at, digest = rest.partition("@")
    if not at:
        return rest, None
    if not _digest.is_digest(digest):
        raise Invalid("invalid reference format")
    return remote, digest


def _is_domain(domain: str) -> bool:
    host, colon, port = domain, "", ""
    if domain.startswith("["):
        address, bracket, tail = domain[1:].partition("]")
        if not bracket or not address or not _IPV6.issuperset(address):
            return False
        return not tail or (tail[0] == ":" and len(tail) > 1 and _DIGITS.issuperset(tail[1:]))
    if ":" in domain:
        host, colon, port = domain.partition(":")
    if colon and (not port or not _DIGITS.issuperset(port)):
        return False
    for label in host.split("."):
        if not label or label[0] == "-" or label[-1] == "-" or not (_ALNUM | {"-"}).issuperset(label):
            return False
    return True
