"""Lines of containers."""

from __future__ import annotations

from hutch.cli.container.rows import ports_text, shorten


def test_ports_are_joined_to_ranges() -> None:
    def port(inside: int, outside: int = 0, address: str = "") -> dict[str, object]:
        return {"PrivatePort": inside, "PublicPort": outside, "IP": address, "Type": "tcp"}

    assert ports_text([port(80), port(81), port(90)]) == "80-81/tcp, 90/tcp"
    assert ports_text([port(80, 80, "::"), port(81, 81, "::")]) == "[::]:80-81->80-81/tcp"


def test_shorten() -> None:
    assert (shorten("abc", 3), shorten("abcd", 3)) == ("abc", "ab…")
