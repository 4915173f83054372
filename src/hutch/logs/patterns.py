"""Regular expressions of log options (``labels-regex``, ``env-regex``), which people write for Go's package regexp."""

from __future__ import annotations

import re

from hutch.model.errors import Invalid

_CLASSES = {
    "alnum": "0-9A-Za-z", "alpha": "A-Za-z", "ascii": r"\x00-\x7f", "blank": r"\t ", "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9", "graph": "!-~", "lower": "a-z", "print": " -~", "punct": r"!-/:-@\[-`{-~", "space": r"\t-\r ",
    "upper": "A-Z", "word": "0-9A-Za-z_", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_GO_ONLY = re.compile(r"\\(?P<escape>.)|\[:(?P<name>[a-z]+):\]", re.DOTALL)
_WORDS = {
    "missing ), unterminated subpattern": "missing closing )",
    "unterminated character set": "missing closing ]",
    "unbalanced parenthesis": "unexpected )",
    "nothing to repeat": "missing argument to repetition operator",
}
"""Go's words for what Python calls so."""


def compiled(text: str) -> re.Pattern[str]:
    """The expression. Raises Invalid in Go's words for one that is none, or that only Go knows."""
    try:
        return re.compile(_GO_ONLY.sub(_translated, text))
    except re.error as error:
        raise Invalid(f"error parsing regexp: {_WORDS.get(error.msg, error.msg)}: `{text}`") from None


def _translated(found: re.Match[str]) -> str:
    """Classes of POSIX, which Python would take for a set of letters, and the end of the text."""
    if found["name"] is not None:
        return _CLASSES.get(found["name"], found[0])
    return r"\Z" if found["escape"] == "z" else found[0]
