import pytest

from hutch.logs.patterns import compiled
from hutch.model.errors import Invalid


@pytest.mark.parametrize(
    ("text", "matches", "others"),
    [
        ("^[[:alpha:]_]+$", ["ab_"], ["a1", ":alph"]),
        ("^[^[:space:]]+$", ["a:b"], ["a b", "a\tb"]),
        ("^[[:punct:]]$", ["[", "]", "\\", "~"], ["a"]),
        (r"a\z", ["ba"], ["ab"]),
        (r"^\[:alpha:\]$", ["[:alpha:]"], ["a"]),
        (r"^\\z$", ["\\z"], ["z"]),
    ],
)
def test_what_go_writes_otherwise(text: str, matches: list[str], others: list[str]) -> None:
    found = compiled(text)
    assert all(found.search(one) for one in matches)
    assert not any(found.search(one) for one in others)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(", "error parsing regexp: missing closing ): `(`"),
        ("[a-", "error parsing regexp: missing closing ]: `[a-`"),
        ("*", "error parsing regexp: missing argument to repetition operator: `*`"),
        (r"\pL", r"error parsing regexp: bad escape \p: `\pL`"),
    ],
)
def test_what_is_none(text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        compiled(text)
    assert caught.value.message == said
