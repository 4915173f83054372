from __future__ import annotations

from hutch.cli.copying.renaming import Renaming


def test_only_the_first_name() -> None:
    rename = Renaming("a", "b")
    assert [rename(n) for n in (b"a", b"a/", b"a/a/x", b"ab", b"x/a")] == [b"b", b"b/", b"b/a/x", b"ab", b"x/a"]


def test_roots_and_contents() -> None:
    assert [Renaming("/", "new")(n) for n in (b"/", b"/etc/x")] == [b"new/", b"new/etc/x"]
    assert [Renaming(".", "new")(n) for n in (b"./", b"./.x")] == [b"new/", b"new/.x"]
