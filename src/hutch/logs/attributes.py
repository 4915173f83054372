"""Which labels and variables of a container go into its log records, and its tag (``--log-opt``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hutch.logs import patterns
from hutch.logs.drivers import FAILED
from hutch.model.errors import System
from hutch.model.template.printing import Row


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
            matcher = patterns.compiled(pattern)
            found.update((name, value) for name, value in values.items() if matcher.search(name))
    return found


def with_tag(found: dict[str, str], options: Mapping[str, str], about: Mapping[str, str]) -> dict[str, str]:
    """``found`` and the ``tag`` of the container, if one is asked for: a Go template over the fields ``about``.

    Raises System in Docker's words for a template that cannot be read or run.
    """
    text = options.get("tag", "")
    if not text:
        return found
    from hutch.model.template.evaluate import Template
    from hutch.model.template.lexer import TemplateError

    try:
        return {**found, "tag": Template(text).render(_Info(about))}
    except TemplateError as error:
        words = error.message.replace("template: :", "template: log-tag:", 1)
        raise System(FAILED + words.replace('executing ""', 'executing "log-tag"', 1)) from None


class _Info(Row):
    """The fields, as templates see a Go struct."""

    type_name = "*logger.Info"

    def __init__(self, fields: Mapping[str, str]) -> None:
        self._fields = fields

    def field(self, name: str, _arguments: list[Any]) -> str:
        return self._fields[name]
