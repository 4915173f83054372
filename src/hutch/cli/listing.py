"""Lists: tables in columns, ``--format`` templates, JSON lines."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError
from hutch.model import json_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from hutch.model.template.evaluate import Template

    Fields = dict[str, Callable[[Any], Any]]


def columns(lines: list[str], least: int = 10, gap: int = 3) -> str:
    """Lines with tabs as columns: each as wide as its widest cell and ``gap``, at least ``least`` (Go's tabwriter).

    The last cell of a line belongs to no column.
    """
    rows = [line.split("\t") for line in lines]
    out = [""] * len(rows)
    for at in range(max((len(cells) for cells in rows), default=1) - 1):
        first = 0
        while first < len(rows):
            if len(rows[first]) <= at + 1:
                first += 1
                continue
            last = first
            while last < len(rows) and len(rows[last]) > at + 1:  # the neighbouring lines that have this column too
                last += 1
            widest = max(len(cells[at]) for cells in rows[first:last])
            width = max(widest + gap, least) if widest else 0 if least == 0 else max(gap, least)
            for row in range(first, last):
                out[row] += rows[row][at].ljust(width)
            first = last
    return "".join(f"{text}{cells[-1]}\n" for text, cells in zip(out, rows, strict=True))


def template(text: str, *, strict: bool = False, name: str = "") -> Template:
    """The template of a ``--format`` flag; raises :class:`CommandError` in Docker's words (exit code 64)."""
    from hutch.model.template.evaluate import Template
    from hutch.model.template.lexer import TemplateError

    try:
        return Template(text, strict=strict, name=name)
    except TemplateError as error:
        raise CommandError(f"template parsing error: {error.message}", 64 if strict else 1) from None


def unescape(text: str) -> str:
    r"""``\t`` and ``\n`` of a format as a shell leaves them."""
    return text.replace("\\t", "\t").replace("\\n", "\n")


def _row(type_name: str, fields: Fields, data: Any) -> Any:
    from hutch.model.template.printing import Row
    from hutch.model.template.typed import NIL

    class Line(Row):
        """One object; a field is computed when it is asked for."""

        def field(self, name: str, arguments: list[Any]) -> Any:
            function = fields[name]
            value = function((data, *arguments)) if arguments else function(data)
            return NIL if value is None else value

        def to_json(self) -> dict[str, Any]:
            return _plain(fields, data)

    line = Line()
    line.type_name = type_name
    return line


def show(
    objects: Iterable[Any],
    fields: Fields,
    headers: dict[str, str],
    table: str,
    format_: str,
    type_name: str,
    raw: str = "",
) -> None:
    """Prints objects: by default the columns ``table`` (a template whose parts are ``{{.Field}}`` and tabs).

    ``raw`` are the words ``title=Field`` of the format of this name.
    """
    if format_ == "raw" and raw:
        for data in objects:
            rows = (word.partition("=")[::2] for word in raw.split())
            lines = [f"{title}: {fields[name](data)}".rstrip() for title, name in rows]
            sys.stdout.write("\n".join(lines) + ("\n\n" if len(lines) > 1 else "\n"))
        return
    if format_ in ("", "table"):
        names = [part[3:-2] for part in table.split("\t")]
        lines = ["\t".join(headers[name] for name in names)]
        lines += ["\t".join(str(fields[name](data)) for name in names) for data in objects]
        sys.stdout.write(columns(lines))
        return
    if format_ == "json":
        for data in objects:
            sys.stdout.write(json_text.escape_html(json_text.encode(_plain(fields, data))) + "\n")
        return
    _by_template(objects, fields, headers, unescape(format_), type_name)


def show_record(parts: dict[str, tuple[Iterable[Any], Fields]], format_: str, type_name: str) -> None:
    """Prints one object whose fields are lists of lines, by ``json`` or a template."""
    from hutch.model.template.lexer import TemplateError

    if format_ == "json":
        value = {name: [_plain(fields, data) for data in objects] for name, (objects, fields) in parts.items()}
        sys.stdout.write(json_text.escape_html(json_text.encode(value)) + "\n")
        return
    whole: Fields = {
        name: (lambda _, part=part: [_row(type_name, part[1], data) for data in part[0]])  # type: ignore[misc]
        for name, part in parts.items()
    }
    try:
        sys.stdout.write(template(unescape(format_)).render(_row(type_name, whole, None)) + "\n")
    except TemplateError as error:
        raise CommandError(error.message) from None


def _plain(fields: Fields, data: Any) -> dict[str, Any]:
    return {name: fields[name](data) for name in sorted(fields) if name != "Label"}


def _always(text: str) -> Callable[[Any], Any]:
    return lambda _: text


def check(format_: str, headers: dict[str, str], type_name: str) -> None:
    """Tell what is wrong with a template before the engine is asked, as ``docker ps`` alone does.

    Raises :class:`CommandError`.
    """
    from hutch.model.template.lexer import TemplateError

    fields: Fields = {name: _always("") for name in (*headers, "Label")}
    try:
        body = template(unescape(format_))
    except CommandError as error:
        raise CommandError(f"failed to parse template: {error.message.partition(': ')[2]}") from None
    try:
        body.render(_row(type_name, fields, None))
    except TemplateError as error:
        if "can't evaluate field" in error.message:
            raise CommandError(f"failed to execute template: {error.message}") from None


def _by_template(objects: Iterable[Any], fields: Fields, headers: dict[str, str], format_: str, type_name: str) -> None:
    from hutch.model.template.lexer import TemplateError

    tabular = format_.startswith("table")
    body = template(format_[5:].strip(" ") if tabular else format_)
    lines = []
    try:
        for data in objects:
            lines.append(body.render(_row(type_name, fields, data)))
    except TemplateError as error:
        what = "failed to execute template" if "Container" in type_name else "template parsing error"
        raise CommandError(f"{what}: {error.message}") from None
    if not tabular:
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        return
    heads: Fields = {name: _always(text) for name, text in headers.items()}
    heads["Label"] = lambda data: (
        data[1].replace("com.docker.", "").rpartition(".")[2] if isinstance(data, tuple) else ""
    )
    sys.stdout.write(columns([body.render(_row(type_name, heads, None), heads=True), *lines]))


def filters(words: list[str]) -> dict[str, dict[str, bool]]:
    """``--filter`` words as the API takes them."""
    out: dict[str, dict[str, bool]] = {}
    for word in words:
        name, _, value = word.partition("=")
        out.setdefault(name.strip().lower(), {})[value.strip()] = True
    return out


def print_object(value: Any, format_: str, kind: str) -> None:
    """Prints one object of a ``kind`` of ``go_types.py`` by ``--format``: ``json`` or a template."""
    from hutch.cli.go_types import typed
    from hutch.model.template.lexer import TemplateError

    if format_ == "json":
        sys.stdout.write(json_text.encode(value) + "\n")
        return
    body = template(unescape(format_), strict=True, name="version" if kind == "version" else "")
    try:
        sys.stdout.write(body.render(typed(value, kind)) + "\n")
    except TemplateError as error:
        sys.stdout.write("\n")
        raise CommandError(error.message) from None
