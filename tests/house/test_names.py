"""House rules that need no other tool: names, sizes, and words that do not belong into the repository."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hutch"
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "manager"}


def trees() -> list[tuple[Path, str, ast.Module]]:
    return [(p, p.read_text(), ast.parse(p.read_text())) for p in sorted(SOURCE.rglob("*.py"))]


def p90(values: list[int]) -> int:
    return sorted(values)[int(len(values) * 0.9)]


def test_no_file_is_without_a_noun() -> None:
    assert not [p for p in SOURCE.rglob("*") if p.stem in NAMELESS]


def test_files_stay_readable() -> None:
    lines = {str(p.relative_to(ROOT)): text.count("\n") for p, text, _ in trees()}
    assert not {p: n for p, n in lines.items() if n > 800}
    assert p90(list(lines.values())) < 450


def test_functions_stay_readable() -> None:
    lengths = [
        (node.end_lineno or 0) - node.lineno + 1
        for _, _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    assert p90(lengths) <= 30
