"""Makes the tree of a template from its tokens."""

from __future__ import annotations

from hutch.model.template.functions import FUNCTIONS
from hutch.model.template.lexer import TemplateError, Token, fail, tokenize
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_HEX = {"x": 2, "u": 4, "U": 8}
_DEPTH = 100


def unquote(source: str) -> str:
    """The text that a Go string or character literal stands for; raises ValueError."""
    if source[0] == "`":
        return source[1:-1].replace("\r", "")
    body = source[1:-1]
    out: list[str] = []
    at = 0
    while at < len(body):
        char = body[at]
        at += 1
        if char != "\\":
            out.append(char)
            continue
        letter = body[at]
        at += 1
        if letter in _ESCAPES:
            out.append(_ESCAPES[letter])
        elif letter in _HEX:
            out.append(chr(int(body[at : at + _HEX[letter]], 16)))
            at += _HEX[letter]
        elif letter in "01234567":
            out.append(chr(int(body[at - 1 : at + 2], 8)))
            at += 2
        else:
            raise ValueError(source)
    return "".join(out)


def parse_number(source: str) -> int | float:
    """A Go number literal; raises ValueError."""
    try:
        return int(source, 0)
    except ValueError:
        digits = source.lstrip("+-")
        if digits.isdigit():
            return int(source, 8)
        return float(source)


class Parser:
    """One pass over the tokens; ``templates`` collects ``define`` and ``block`` bodies."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokenize(text)
        self.position = 0
        self.templates: dict[str, list[Node]] = {}
        self.scopes: list[str] = ["$"]
        self.loops = 0
        self.depth = 0

    def parse(self) -> list[Node]:
        """The nodes of the whole template; raises :class:`TemplateError`."""
        body, end = self._list()
        if end:
            raise self._fail(f"unexpected {{{{{end}}}}}")
        return body

    def _fail(self, message: str) -> TemplateError:
        at = self.tokens[min(self.position, len(self.tokens)) - 1].at if self.tokens else 0
        return fail(self.text, at, message)

    def _peek(self) -> Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise self._fail("unexpected EOF")
        self.position += 1
        return token

    def _solid(self) -> Token:
        """The next token that is no blank, not consumed."""
        while (token := self._peek()) is not None and token.kind == "blank":
            self.position += 1
        if token is None:
            raise self._fail("unexpected EOF")
        return token

    def _list(self) -> tuple[list[Node], str]:
        """Nodes up to ``end``, ``else`` or the end of the text, and which of them ended it."""
        nodes: list[Node] = []
        self.depth += 1
        if self.depth > _DEPTH:
            raise self._fail("nested too deeply")
        while (token := self._peek()) is not None:
            self.position += 1
            if token.kind == "text":
                nodes.append(Text(token.at, token.text))
                continue
            word = self._solid()
            if word.kind == "name" and word.text in ("end", "else"):
                self.position += 1
                self.depth -= 1
                if word.text == "end":
                    self._close("end")
                return nodes, word.text
            node = self._action(word)
            if node is not None:
                nodes.append(node)
        self.depth -= 1
        return nodes, ""

    def _close(self, context: str) -> None:
        token = self._solid()
        if token.kind != "close":
            raise self._unexpected(token, context)
        self.position += 1

    def _unexpected(self, token: Token, context: str) -> TemplateError:
        shown = f'"{token.text}"' if token.kind == "sign" else f"<{token.text}>"
        return fail(self.text, token.at, f"unexpected {shown} in {context}")

    def _action(self, word: Token) -> Node | None:
        if word.kind == "name":
            if word.text in ("if", "with", "range"):
                self.position += 1
                return self._branch(word)
            if word.text in ("define", "block", "template"):
                self.position += 1
                return self._named(word)
            if word.text in ("break", "continue"):
                self.position += 1
                if not self.loops:
                    raise fail(self.text, word.at, f"{{{{{word.text}}}}} outside {{{{range}}}}")
                self._close(word.text)
                return Jump(word.at, word.text)
        pipe = self._pipeline("command", "close")
        return Action(word.at, pipe)

    def _branch(self, word: Token) -> Branch:
        kind = word.text
        known = len(self.scopes)
        pipe = self._pipeline(kind, "close", several=kind == "range")
        self.loops += kind == "range"
        body, end = self._list()
        self.loops -= kind == "range"
        other: list[Node] = []
        if end == "else":
            after = self._solid()
            if after.kind == "name" and after.text == kind and kind in ("if", "with"):
                self.position += 1
                other = [self._branch(after)]
                del self.scopes[known:]
                return Branch(pipe.at, kind, pipe, body, other)
            self._close("else")
            other, end = self._list()
            if end == "else":
                raise self._fail("expected end; found {{else}}")
        if end != "end":
            raise self._fail("unexpected EOF")
        del self.scopes[known:]
        return Branch(pipe.at, kind, pipe, body, other)

    def _named(self, word: Token) -> Node | None:
        token = self._solid()
        context = f"{word.text} clause"
        if token.kind != "string":
            raise self._unexpected(token, context)
        self.position += 1
        name = unquote(token.text)
        pipe: Pipe | None = None
        if word.text == "define":
            self._close(context)
        elif self._solid().kind == "close":
            self.position += 1
            if word.text == "block":
                raise self._fail("missing value for block clause")
        else:
            pipe = self._pipeline(context, "close")
        if word.text == "template":
            return Call(word.at, name, pipe)
        scopes, self.scopes = self.scopes, ["$"]
        body, end = self._list()
        self.scopes = scopes
        if end != "end":
            raise self._fail("unexpected EOF")
        self.templates[name] = body
        return Call(word.at, name, pipe) if word.text == "block" else None

    def _declaration(self, several: bool) -> tuple[list[str], bool]:
        """``$x :=``, ``$x =`` or ``$i, $x :=`` at the head of a pipeline; nothing is consumed if there is none."""
        start = self.position
        names: list[str] = []
        while (token := self._solid()).kind == "variable":
            self.position += 1
            names.append(token.text)
            sign = self._solid()
            if sign.kind == "sign" and sign.text in (":=", "="):
                self.position += 1
                if sign.text == ":=":
                    self.scopes.extend(names)
                return names, sign.text == "="
            if not (several and sign.text == "," and len(names) < 2):
                break
            self.position += 1
        self.position = start
        return [], False

    def _pipeline(self, context: str, closing: str, several: bool = False) -> Pipe:
        first = self._solid()
        names, assign = self._declaration(several)
        commands: list[Command] = []
        while True:
            token = self._solid()
            ended = token.kind == "close" if closing == "close" else token.kind == "sign" and token.text == ")"
            if ended:
                self.position += 1
                if not commands:
                    raise self._fail(f"missing value for {context}")
                self._check(commands, context)
                return Pipe(first.at, names, assign, commands)
            if token.kind == "close" or token.text in (")", ":=", "=", ","):
                raise self._unexpected(token, context)
            commands.append(self._command())

    def _check(self, commands: list[Command], context: str) -> None:
        for number, command in enumerate(commands[1:], 2):
            if isinstance(command.words[0], Constant | Dot):
                raise self._fail(f"non executable command in pipeline stage {number}")
        del context

    def _command(self) -> Command:
        words: list[Node] = []
        at = self._solid().at
        while True:
            token = self._solid()
            if token.kind == "close" or (token.kind == "sign" and token.text == ")"):
                break
            if token.kind == "sign" and token.text == "|":
                self.position += 1
                if self._solid().kind == "close" or not words:
                    raise self._fail("missing value for command")
                break
            words.append(self._operand())
            after = self._peek()
            if after is not None and after.kind not in ("blank", "close") and after.text not in ("|", ")"):
                raise self._unexpected(after, "operand")
        if not words:
            raise self._fail("empty command")
        return Command(at, words)

    def _operand(self) -> Node:
        token = self._next()
        node = self._term(token)
        names: list[str] = []
        first: Token | None = None
        while (after := self._peek()) is not None and after.kind == "field":
            self.position += 1
            first = first or after
            names.append(after.text[1:])
        if first is None:
            return node
        if isinstance(node, Field):
            return Field(first.at, [*node.names, *names])
        if isinstance(node, Variable):
            return Variable(first.at, node.name, names)
        if isinstance(node, Constant | Dot):
            raise fail(self.text, first.at, f'unexpected . after term "{node}"')
        return Chain(first.at, node, names)

    def _term(self, token: Token) -> Node:
        if token.kind == "field":
            return Field(token.at, [token.text[1:]])
        if token.kind == "dot":
            return Dot(token.at)
        if token.kind == "variable":
            if token.text not in self.scopes:
                raise fail(self.text, token.at, f'undefined variable "{token.text}"')
            return Variable(token.at, token.text, [])
        if token.kind == "sign" and token.text == "(":
            return self._pipeline("parenthesized pipeline", ")")
        if token.kind in ("string", "char", "number"):
            return Constant(token.at, self._literal(token), token.text)
        if token.kind == "name":
            if token.text in ("true", "false", "nil"):
                return Constant(token.at, {"true": True, "false": False}.get(token.text), token.text)
            if token.text not in FUNCTIONS:
                raise fail(self.text, token.at, f'function "{token.text}" not defined')
            return Function(token.at, token.text)
        raise self._unexpected(token, "operand")

    def _literal(self, token: Token) -> Any:
        try:
            if token.kind == "string":
                return unquote(token.text)
            if token.kind == "char":
                return ord(unquote(token.text))
            return parse_number(token.text)
        except (ValueError, TypeError, IndexError):
            what = "bad number syntax: " if token.kind == "number" else "invalid syntax: "
            raise fail(self.text, token.at, f'{what}"{token.text}"') from None
