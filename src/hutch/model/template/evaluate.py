"""Runs a parsed template over data."""

from __future__ import annotations

from hutch.model.template import functions
from hutch.model.template.lexer import TemplateError
from hutch.model.template.nodes import (
    Action,
    Branch,
    Call,
    Chain,
    Command,
    Constant,
    Dot,
    Field,
    Function,
    Jump,
    Node,
    Pipe,
    Text,
    Variable,
)
from hutch.model.template.parser import Parser
from hutch.model.template.printing import MISSING, Record, Row, show, type_of
from hutch.model.template.typed import NIL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEPTH = 100
_NONE = object()


class _Jumped(Exception):
    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Template:
    """A parsed template. ``strict`` makes a missing key of a map an error, as ``docker inspect`` does."""

    def __init__(self, text: str, *, strict: bool = False, name: str = "") -> None:
        """Parses ``text``; ``name`` is what errors call it. Raises :class:`TemplateError`."""
        try:
            parser = Parser(text)
            self.body = parser.parse()
        except TemplateError as error:
            raise TemplateError(error.message.replace("template: :", f"template: {name}:", 1)) from None
        self.name = name
        self.text = text
        self.strict = strict
        self.templates = parser.templates

    def render(self, data: Any, *, heads: bool = False) -> str:
        """The output for ``data``: JSON values or :class:`Row`. Raises :class:`TemplateError` with Go's text.

        With ``heads`` it is the line above a table: functions that change texts leave the titles as they are.
        """
        run = _Run(self, data, heads)
        run.walk(self.body, data)
        return "".join(run.out)


class _Run:
    def __init__(self, template: Template, data: Any, heads: bool) -> None:
        self.template = template
        self.heads = heads
        self.out: list[str] = []
        self.variables: list[tuple[str, Any]] = [("$", data)]
        self.depth = 0
        self.name = template.name

    def fail(self, node: Node, message: str) -> TemplateError:
        """An error at a node in Go's wording: line, column, the part of the template, what is wrong."""
        text = self.template.text
        line = text.count("\n", 0, node.at) + 1
        column = node.at - (text.rfind("\n", 0, node.at) + 1)
        return TemplateError(
            f'template: {self.template.name}:{line}:{column}: executing "{self.name}" at <{node}>: {message}'
        )

    def walk(self, nodes: list[Node], dot: Any) -> None:
        for node in nodes:
            if isinstance(node, Text):
                self.out.append(node.text)
            elif isinstance(node, Action):
                value = self.pipe(node.pipe, dot)
                if not node.pipe.names:
                    self.out.append(show(value.to_json() if isinstance(value, Row) else value))
            elif isinstance(node, Branch):
                self.branch(node, dot)
            elif isinstance(node, Call):
                self.call_template(node, dot)
            elif isinstance(node, Jump):
                raise _Jumped(node.kind)

    def call_template(self, node: Call, dot: Any) -> None:
        body = self.template.templates.get(node.name)
        if body is None:
            line = self.template.text.count("\n", 0, node.at) + 1
            raise TemplateError(f'template: {self.template.name}:{line}: template "{node.name}" not defined')
        value = self.pipe(node.pipe, dot) if node.pipe else None
        if self.depth >= _DEPTH:
            raise TemplateError("template: exceeded maximum template depth")
        variables, self.variables = self.variables, [("$", value)]
        name, self.name = self.name, node.name
        self.depth += 1
        self.walk(body, value)
        self.depth -= 1
        self.variables, self.name = variables, name

    def branch(self, node: Branch, dot: Any) -> None:
        known = len(self.variables)
        if node.kind == "range":
            self.loop(node, dot)
        else:
            value = self.pipe(node.pipe, dot)
            if functions.truth(value):
                self.walk(node.body, value if node.kind == "with" else dot)
            else:
                self.walk(node.other, dot)
        del self.variables[known:]

    def loop(self, node: Branch, dot: Any) -> None:
        names = node.pipe.names
        value = self.commands(node.pipe, dot)
        pairs: list[tuple[Any, Any]]
        if isinstance(value, dict) and not isinstance(value, Record):
            pairs = [(key, value[key]) for key in sorted(value)]
        elif isinstance(value, list):
            pairs = list(enumerate(value))
        elif isinstance(value, int) and not isinstance(value, bool):
            pairs = [(number, number) for number in range(value)]
        elif value is None or value is MISSING or value is NIL:
            pairs = []
        else:
            raise self.fail(node.pipe, f"range can't iterate over {show(value)}")
        if not pairs:
            self.walk(node.other, dot)
        for key, item in pairs:
            known = len(self.variables)
            given = [item] if len(names) == 1 else [key, item]
            for name, bound in zip(names, given, strict=False):
                self.bind(name, bound, node.pipe.assign)
            try:
                self.walk(node.body, item)
            except _Jumped as jump:
                if jump.kind == "break":
                    break
            finally:
                del self.variables[known:]

    def bind(self, name: str, value: Any, assign: bool) -> None:
        if assign:
            for index in range(len(self.variables) - 1, -1, -1):
                if self.variables[index][0] == name:
                    self.variables[index] = (name, value)
                    return
        self.variables.append((name, value))

    def pipe(self, pipe: Pipe, dot: Any) -> Any:
        value = self.commands(pipe, dot)
        for name in pipe.names:
            self.bind(name, value, pipe.assign)
        return value

    def commands(self, pipe: Pipe, dot: Any) -> Any:
        value: Any = _NONE
        for command in pipe.commands:
            value = self.command(command, dot, value)
        return value

    def command(self, command: Command, dot: Any, final: Any) -> Any:
        first, rest = command.words[0], command.words[1:]
        if isinstance(first, Function):
            return self.function(command, first, rest, dot, final)
        if isinstance(first, Field | Variable | Chain):
            given = [self.value(word, dot) for word in rest]
            if final is not _NONE:
                given.append(final)
            return self.value(first, dot, given)
        if rest or final is not _NONE:
            raise self.fail(first, f"can't give argument to non-function {first}")
        if isinstance(first, Constant) and first.source == "nil":
            raise self.fail(first, "nil is not a command")
        return self.value(first, dot)

    def function(self, command: Command, word: Function, rest: list[Node], dot: Any, final: Any) -> Any:
        if word.name in ("and", "or"):
            value: Any = _NONE
            for node in rest:
                value = self.value(node, dot)
                if functions.truth(value) is (word.name == "or"):
                    return value
            value = final if final is not _NONE else value
            if value is _NONE:
                raise self.fail(word, f"wrong number of args for {word.name}: want at least 1 got 0")
            return value
        given = [self.value(node, dot) for node in rest]
        if final is not _NONE:
            given.append(final)
        if self.heads and given and word.name in functions.OF_TEXTS:
            return given[0]
        try:
            if word.name != "len":
                given = [None if item is MISSING else item for item in given]
            return functions.call(word.name, given)
        except functions.Refused as refused:
            raise self.fail(command if "error calling" in str(refused) else word, str(refused)) from None

    def value(self, node: Node, dot: Any, given: list[Any] | None = None) -> Any:
        """The value of an operand; ``given`` are arguments for the last field, which must then be a method."""
        if isinstance(node, Field):
            return self.fields(node, dot, node.names, given)
        if isinstance(node, Variable):
            value = next(v for name, v in reversed(self.variables) if name == node.name)
            return self.fields(node, value, node.names, given)
        if isinstance(node, Chain):
            return self.fields(node, self.value(node.node, dot), node.names, given)
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Dot):
            return dot
        if isinstance(node, Pipe):
            return self.pipe(node, dot)
        if isinstance(node, Function):
            return self.function(Command(node.at, [node]), node, [], dot, _NONE)
        raise self.fail(node, "not a value")

    def fields(self, node: Node, value: Any, names: list[str], given: list[Any] | None) -> Any:
        last = len(names) - 1
        for index, name in enumerate(names):
            value = self.field(node, value, name, given or [] if index == last else [])
        if given and not names:
            raise self.fail(node, f"can't give argument to non-function {node}")
        return value

    def field(self, node: Node, value: Any, name: str, given: list[Any]) -> Any:
        if isinstance(value, Row):
            try:
                return value.field(name, given)
            except KeyError:
                raise self.fail(node, f"can't evaluate field {name} in type {value.type_name}") from None
        if given:
            raise self.fail(node, f"{name} is not a method but has arguments")
        if isinstance(value, dict):
            if name in value:
                return value[name]
            if isinstance(value, Record):
                raise self.fail(node, f"can't evaluate field {name} in type {value.type_name}")
            if self.template.strict:
                raise self.fail(node, f'map has no entry for key "{name}"')
            return MISSING
        if value is MISSING:
            return value
        if value is NIL:
            raise self.fail(node, f"nil pointer evaluating {name}")
        if value is None:
            raise (
                self.fail(node, f'nil data; no entry for key "{name}"')
                if self.template.strict
                else self.fail(node, f"nil pointer evaluating interface {{}}.{name}")
            )
        raw = isinstance(self.variables[0][1], dict) and not isinstance(self.variables[0][1], Record)
        raise self.fail(node, f"can't evaluate field {name} in type {'interface {}' if raw else type_of(value)}")
