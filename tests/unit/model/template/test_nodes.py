"""How parts of a template are shown in messages."""

from __future__ import annotations

from hutch.model.template.nodes import Chain, Command, Constant, Field, Pipe, Variable


def test_nodes_show_their_source() -> None:
    command = Command(0, [Field(0, ["A", "B"]), Constant(3, "x", '"x"')])
    pipe = Pipe(0, ["$a", "$b"], False, [command, Command(9, [Variable(9, "$v", ["C"])])])
    assert str(pipe) == '$a, $b := .A.B "x" | $v.C'
    assert str(Chain(0, Pipe(0, [], False, [command]), ["D"])) == '(.A.B "x").D'
