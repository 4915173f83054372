from __future__ import annotations

from pathlib import Path

from hutch.model.digest import sha256
from hutch.storage.overlay2 import fixed_options, key_of, short_name


def test_names() -> None:
    chain = sha256(b"x")
    assert key_of(chain.replace(":", "-")) == chain
    assert key_of("a-b") == "a-b"
    assert len(short_name(chain)) == 26 and short_name(chain).isalnum()
    assert short_name(chain) != short_name(sha256(b"y"))


def test_options_are_given_only_where_the_module_knows_them(tmp_path: Path) -> None:
    assert fixed_options(str(tmp_path)) == ()
    (tmp_path / "metacopy").write_text("Y")
    (tmp_path / "index").write_text("N")
    assert fixed_options(str(tmp_path)) == ("index=off", "metacopy=off")


def test_127_short_names_fit_into_one_page_of_options() -> None:
    assert len(":".join(f"l/{short_name(str(n))}" for n in range(127))) < 4096 - 200
