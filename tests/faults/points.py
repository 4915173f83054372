"""Every failpoint, read from the source: a new one is covered without a word here."""

from __future__ import annotations

import ast

from support.engine import ROOT


def points() -> list[str]:
    """Every literal given to ``failpoint``."""
    found = set()
    for path in sorted((ROOT / "src" / "hutch").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                argument = node.args[0]
                assert isinstance(argument, ast.Constant), f"{path}:{node.lineno}: the name is no literal"
                found.add(str(argument.value))
    return sorted(found)
