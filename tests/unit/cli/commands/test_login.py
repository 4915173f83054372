"""``hutch login`` against a scripted engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hutch.cli.commands.login import server_key


def test_login(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("POST /auth", {"Status": "Login Succeeded", "IdentityToken": ""})
    code, out, err = hutch("--config", str(tmp_path), "login", "-u", "me", "-p", "secret", "https://a.b:5000/v2/")
    assert (code, out) == (0, "Login Succeeded\n")
    assert "insecure" in err and "stored unencrypted" in err
    assert engine.body() == {"username": "me", "password": "secret", "serveraddress": "a.b:5000"}
    assert list(json.loads((tmp_path / "config.json").read_text())["auths"]) == ["a.b:5000"]
    again = hutch("--config", str(tmp_path), "login", "a.b:5000")
    assert again[:2] == (0, "Login Succeeded\n")
    assert (
        again[2].startswith("Authenticating with existing credentials... [Username: me]\n") and "WARN" not in again[2]
    )


def test_what_is_not_accepted_is_not_kept(engine: Any, hutch: Any, tmp_path: Path) -> None:
    engine.on("POST /auth", {"message": "unauthorized"}, 401)
    code, _, err = hutch("--config", str(tmp_path), "login", "-u", "me", "-p", "x", "a.b")
    assert code == 1 and "unauthorized" in err
    assert not (tmp_path / "config.json").exists()


def test_flags_that_do_not_fit(engine: Any, hutch: Any, tmp_path: Path) -> None:
    login = ("--config", str(tmp_path), "login")
    assert hutch(*login, "--password-stdin")[2] == "Must provide --username with --password-stdin\n"
    assert hutch(*login, "--password-stdin", "-u", "a", "-p", "b")[0] == 1


def test_keys() -> None:
    assert server_key("") == server_key("docker.io") == "https://index.docker.io/v1/"
    assert server_key("http://a.b/") == "a.b"
