"""Every source file has its unit test where one would look for it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "hutch"
TESTS = ROOT / "tests" / "unit"


def sources() -> list[Path]:
    """Source files that hold code: a room's card (``__init__``) is a docstring only."""
    return sorted(p.relative_to(SOURCE) for p in SOURCE.rglob("*.py") if p.name not in ("__init__.py", "__main__.py"))


def test_every_source_file_has_a_twin() -> None:
    missing = [str(p) for p in sources() if not (TESTS / p.parent / f"test_{p.name}").exists()]
    assert not missing, f"without a test twin: {missing}"


def test_every_twin_has_its_source_file() -> None:
    twins = sorted(TESTS.rglob("test_*.py"))
    orphans = [
        str(t.relative_to(TESTS)) for t in twins if not (SOURCE / t.parent.relative_to(TESTS) / t.name[5:]).exists()
    ]
    assert not orphans, f"twins of nothing: {orphans}"


def test_cards_are_docstrings_only() -> None:
    import ast

    for card in SOURCE.rglob("__init__.py"):
        if card.parent == SOURCE:
            continue
        body = ast.parse(card.read_text()).body
        assert len(body) <= 1, f"{card} holds more than its card"
        assert not body or isinstance(body[0], ast.Expr), f"{card} holds code"
