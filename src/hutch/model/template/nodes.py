"""The tree of a parsed template. ``at`` is the offset that errors name; ``str(node)`` is Go's rendering of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Node:
    """Anything in the tree."""

    __slots__ = ("at",)

    def __init__(self, at: int) -> None:
        self.at = at


class Text(Node):
    """Literal text."""

    __slots__ = ("text",)

    def __init__(self, at: int, text: str) -> None:
        super().__init__(at)
        self.text = text


class Constant(Node):
    """A string, number, character, ``true``, ``false`` or ``nil`` (value None)."""

    __slots__ = ("source", "value")

    def __init__(self, at: int, value: Any, source: str) -> None:
        super().__init__(at)
        self.value = value
        self.source = source

    def __str__(self) -> str:
        return self.source


class Dot(Node):
    """``.``"""

    __slots__ = ()

    def __str__(self) -> str:
        return "."


class Field(Node):
    """``.A.B``"""

    __slots__ = ("names",)

    def __init__(self, at: int, names: list[str]) -> None:
        super().__init__(at)
        self.names = names

    def __str__(self) -> str:
        return "." + ".".join(self.names)


class Variable(Node):
    """``$x.A``"""

    __slots__ = ("name", "names")

    def __init__(self, at: int, name: str, names: list[str]) -> None:
        super().__init__(at)
        self.name = name
        self.names = names

    def __str__(self) -> str:
        return ".".join([self.name, *self.names])


class Function(Node):
    """The name of a function."""

    __slots__ = ("name",)

    def __init__(self, at: int, name: str) -> None:
        super().__init__(at)
        self.name = name

    def __str__(self) -> str:
        return self.name


class Chain(Node):
    """``(pipe).A``"""

    __slots__ = ("names", "node")

    def __init__(self, at: int, node: Node, names: list[str]) -> None:
        super().__init__(at)
        self.node = node
        self.names = names

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, Pipe) else str(self.node)
        return ".".join([inner, *self.names])


class Command(Node):
    """One step of a pipeline: a value or a function or method with its arguments."""

    __slots__ = ("words",)

    def __init__(self, at: int, words: list[Node]) -> None:
        super().__init__(at)
        self.words = words

    def __str__(self) -> str:
        return " ".join(f"({word})" if isinstance(word, Pipe) else str(word) for word in self.words)


class Pipe(Node):
    """``$a, $b := command | command``"""

    __slots__ = ("assign", "commands", "names")

    def __init__(self, at: int, names: list[str], assign: bool, commands: list[Command]) -> None:
        super().__init__(at)
        self.names = names
        self.assign = assign
        self.commands = commands

    def __str__(self) -> str:
        head = f"{', '.join(self.names)} {'=' if self.assign else ':='} " if self.names else ""
        return head + " | ".join(str(command) for command in self.commands)


class Action(Node):
    """``{{pipe}}``"""

    __slots__ = ("pipe",)

    def __init__(self, at: int, pipe: Pipe) -> None:
        super().__init__(at)
        self.pipe = pipe


class Branch(Node):
    """``if``, ``with`` or ``range`` (``kind``) with its body and what stands behind ``else``."""

    __slots__ = ("body", "kind", "other", "pipe")

    def __init__(self, at: int, kind: str, pipe: Pipe, body: list[Node], other: list[Node]) -> None:
        super().__init__(at)
        self.kind = kind
        self.pipe = pipe
        self.body = body
        self.other = other


class Call(Node):
    """``{{template "name" pipe}}``"""

    __slots__ = ("name", "pipe")

    def __init__(self, at: int, name: str, pipe: Pipe | None) -> None:
        super().__init__(at)
        self.name = name
        self.pipe = pipe


class Jump(Node):
    """``{{break}}`` or ``{{continue}}``"""

    __slots__ = ("kind",)

    def __init__(self, at: int, kind: str) -> None:
        super().__init__(at)
        self.kind = kind
