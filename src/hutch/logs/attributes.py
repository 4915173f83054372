"""Which labels and variables of a container go into its log records, and its tag (``--log-opt``)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from hutch.model.errors import Invalid

_FIELD = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}")


def select(options: Mapping[str, str], labels: Mapping[str, str], env: Sequence[str]) -> dict[str, str]:
    """The extra attributes that ``options`` ask for; ``env`` is a list of ``NAME=value``."""
    found: dict[str, str] = {}
    variables = dict(entry.split("=", 1) for entry in env if "=" in entry)
    for values, wanted, pattern in (
        (labels, options.get("labels", ""), options.get("labels-regex", "")),
        (variables, options.get("env", ""), options.get("env-regex", "")),
    ):
        for name in filter(None, wanted.split(",")):
            if name in values:
                found[name] = values[name]
        if pattern:
            matcher = re.compile(pattern)
            found.update((name, value) for name, value in values.items() if matcher.search(name))
    return found


def render_tag(template: str, fields: Mapping[str, str]) -> str:
    """The tag of a container: ``{{.Name}}`` and the like replaced by ``fields`` (keys without the dot).

    Raises Invalid for any other action of Go's templates.
    """

    def value(match: re.Match[str]) -> str:
        action = match.group(1)
        name = action.removeprefix(".")
        if not action.startswith(".") or name not in fields:
            known = ", ".join("." + key for key in sorted(fields))
            raise Invalid(
                f"failed to initialize logging driver: template: log-tag: can't evaluate {action or 'nothing'}",
                hint=f"known are {known}",
            )
        return fields[name]

    return _FIELD.sub(value, template)
