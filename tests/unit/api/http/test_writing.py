from __future__ import annotations

import pytest

from hutch.api.http.writing import render_head


def test_a_head_line_by_line() -> None:
    assert render_head(204, [("A", "b")]) == b"HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"
    assert render_head(101, [], reason="UPGRADED") == b"HTTP/1.1 101 UPGRADED\r\n\r\n"
    assert render_head(200, [], http10=True).startswith(b"HTTP/1.0 200 OK\r\n")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: x", "a\nb", "a\rb"])
def test_values_cannot_add_lines(value: str) -> None:
    with pytest.raises(ValueError, match="line end"):
        render_head(200, [("A", value)])
