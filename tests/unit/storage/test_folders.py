from __future__ import annotations

from hutch.model.digest import sha256
from hutch.storage.folders import MAX_LAYERS, key_of, short_name


def test_names() -> None:
    chain = sha256(b"x")
    assert key_of(chain.replace(":", "-")) == chain
    assert key_of("a-b") == "a-b"
    assert len(short_name(chain)) == 26 and short_name(chain).isalnum()
    assert short_name(chain) != short_name(sha256(b"y"))


def test_128_short_names_fit_into_one_page_of_options() -> None:
    assert len(":".join(f"l/{short_name(str(n))}" for n in range(MAX_LAYERS))) < 4096 - 200
