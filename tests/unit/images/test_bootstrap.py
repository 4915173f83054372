from __future__ import annotations

from pathlib import Path

import pytest

from hutch.images import bootstrap
from hutch.images.apt import Source
from hutch.model import reference
from hutch.model.errors import Invalid

SOURCE = Source("http://m/debian", "bookworm", ("main",))


def test_suites() -> None:
    assert bootstrap.suite_of(reference.parse_tagged("debian:bookworm-slim")) == "bookworm"
    assert bootstrap.suite_of(reference.parse_tagged("ubuntu")) == "noble"
    with pytest.raises(Invalid, match="names no suite"):
        bootstrap.suite_of(reference.parse_tagged("mine"))


def test_the_command() -> None:
    argv = bootstrap.command("bookworm", "minbase", ["curl,git", "vim"], [SOURCE], "/t")
    assert argv[:3] == ["/usr/bin/setpriv", "--pdeathsig", "KILL"] and "--include=curl,git,vim" in argv
    assert {"--mount", "--pid", "--kill-child"} < set(argv[: argv.index("/usr/bin/mmdebstrap")])
    assert argv[-3:] == ["bookworm", "/t", "deb http://m/debian bookworm main"]
    for variant, include in (("huge", []), ("minbase", ["--setup-hook=x"]), ("minbase", ["a;b"])):
        with pytest.raises(Invalid):
            bootstrap.command("bookworm", variant, include, [SOURCE], "/t")


def test_the_environment_is_fixed_but_for_proxies() -> None:
    env = bootstrap.environment({"http_proxy": "p", "LD_PRELOAD": "x", "PATH": "/evil"}, 5, "/w")
    assert env["http_proxy"] == "p" and env["SOURCE_DATE_EPOCH"] == "5" and env["PATH"].startswith("/usr/sbin")
    assert "LD_PRELOAD" not in env


def test_the_date_comes_from_the_release_file(tmp_path: Path) -> None:
    (tmp_path / "m_debian_dists_bookworm_InRelease").write_text("Suite: x\nDate: Sat, 17 May 2025 09:15:28 UTC\n")
    assert bootstrap.release_date(str(tmp_path), "bookworm", [SOURCE]) == 1747473328
    assert bootstrap.release_date(str(tmp_path), "sid", [SOURCE]) == 1_700_000_000
