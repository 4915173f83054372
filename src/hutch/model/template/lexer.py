"""Cuts a template into tokens, with the error texts of Go's lexer."""

from __future__ import annotations

from hutch.model.errors import Invalid

BLANK = " \t\r\n"
_PAIRS = (":=",)
_SIGNS = "|=(),"


class TemplateError(Invalid):
    """A template that cannot be read or run; the message is Go's, beginning with ``template: :LINE``."""

    kind = "invalid"


class Token:
    """One token: ``kind`` is text, open, close, or inside an action: blank, field, variable, name, string, char,
    number, dot, sign; ``at`` is its offset in the template."""

    __slots__ = ("at", "kind", "text")

    def __init__(self, kind: str, text: str, at: int) -> None:
        self.kind = kind
        self.text = text
        self.at = at


def line_of(text: str, at: int) -> int:
    """The line (from 1) of offset ``at``."""
    return text.count("\n", 0, at) + 1


def fail(text: str, at: int, message: str) -> TemplateError:
    """A parse error at an offset, in Go's wording."""
    return TemplateError(f"template: :{line_of(text, at)}: {message}")


def _is_word(char: str) -> bool:
    return char == "_" or char.isalnum()


def tokenize(text: str) -> list[Token]:
    """All tokens of a template; comments and trimmed blanks are gone. Raises :class:`TemplateError`."""
    tokens: list[Token] = []
    at = 0
    trim = False
    while True:
        start = text.find("{{", at)
        piece = text[at:] if start < 0 else text[at:start]
        if trim:
            piece = piece.lstrip(BLANK)
        if start >= 0 and text[start + 2 : start + 3] == "-" and text[start + 3 : start + 4] in tuple(BLANK):
            piece = piece.rstrip(BLANK)
            inside = start + 4
        else:
            inside = start + 2
        if piece:
            tokens.append(Token("text", piece, at))
        if start < 0:
            return tokens
        if text.startswith("/*", inside):
            at, trim = _comment(text, inside)
            continue
        tokens.append(Token("open", "{{", start))
        at, trim = _action(text, inside, tokens)


def _comment(text: str, at: int) -> tuple[int, bool]:
    end = text.find("*/", at + 2)
    if end < 0:
        raise fail(text, at, "unclosed comment")
    end += 2
    if text.startswith("}}", end):
        return end + 2, False
    if text[end : end + 1] in tuple(BLANK) and text.startswith("-}}", end + 1):
        return end + 4, True
    raise fail(text, at, "comment ends before closing delimiter")


def _action(text: str, at: int, tokens: list[Token]) -> tuple[int, bool]:
    """Tokens of one action from ``at``; returns the offset behind ``}}`` and whether the text after it is trimmed."""
    depth = 0
    begun = at
    while True:
        if text[at : at + 1] in tuple(BLANK) and text.startswith("-}}", at + 1):
            closing, trim = at + 4, True
        elif text.startswith("}}", at):
            closing, trim = at + 2, False
        else:
            if at >= len(text):
                raise fail(text, begun, "unclosed action")
            token = _token(text, at, tokens)
            if token.text == "(" and token.kind == "sign":
                depth += 1
            elif token.text == ")" and token.kind == "sign":
                depth -= 1
                if depth < 0:
                    raise fail(text, at, "unexpected right paren")
            tokens.append(token)
            at += len(token.text)
            continue
        if depth:
            raise fail(text, at, "unclosed left paren")
        tokens.append(Token("close", "}}", at))
        return closing, trim


def _token(text: str, at: int, before: list[Token]) -> Token:
    char = text[at]
    if char in BLANK:
        end = at
        while end < len(text) and text[end] in BLANK and not text.startswith("-}}", end + 1):
            end += 1
        return Token("blank", text[at : max(end, at + 1)], at)
    if text.startswith(_PAIRS, at):
        return Token("sign", text[at : at + 2], at)
    if char in _SIGNS:
        return Token("sign", char, at)
    if char in "\"`'":
        return _quoted(text, at)
    if char == "." and not text[at + 1 : at + 2].isdigit():
        end = _ended(text, _word_end(text, at + 1))
        return Token("field" if end > at + 1 else "dot", text[at:end], at)
    if char == "$":
        return Token("variable", text[at : _ended(text, _word_end(text, at + 1))], at)
    if char in "+-." or char.isdigit():
        return _number(text, at)
    if _is_word(char):
        return Token("name", text[at : _ended(text, _word_end(text, at))], at)
    if not (char.isascii() and char.isprintable()):
        raise fail(text, at, f"unrecognized character in action: U+{ord(char):04X} '{char}'")
    last = next((token for token in reversed(before) if token.kind != "blank"), None)
    begins = last is None or last.kind == "open" or (last.kind == "sign" and last.text != ")")
    raise fail(text, at, f'unexpected "{char}" in {"command" if begins else "operand"}')


def _ended(text: str, at: int) -> int:
    """``at``, where a word ends; raises when what follows cannot follow a word."""
    if at < len(text) and text[at] not in BLANK and text[at] not in ".,|:()=" and not text.startswith("}}", at):
        raise fail(text, at, f"bad character U+{ord(text[at]):04X} '{text[at]}'")
    return at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and _is_word(text[at]):
        at += 1
    return at


def _number(text: str, at: int) -> Token:
    end = at + 1 if text[at] in "+-" else at
    while end < len(text) and (
        _is_word(text[end]) or text[end] == "." or (text[end] in "+-" and text[end - 1] in "eE")
    ):
        end += 1
    word = text[at:end]
    if not word.strip("+-."):
        raise fail(text, at, f'bad number syntax: "{word}"')
    return Token("number", word, at)


def _quoted(text: str, at: int) -> Token:
    quote = text[at]
    kind = "char" if quote == "'" else "string"
    what = {
        '"': "unterminated quoted string",
        "`": "unterminated raw quoted string",
        "'": "unterminated character constant",
    }
    end = at + 1
    while end < len(text) and (text[end] != "\n" or quote == "`"):
        if text[end] == quote:
            return Token(kind, text[at : end + 1], at)
        end += 2 if text[end] == "\\" and quote != "`" else 1
    raise fail(text, at, what[quote])
