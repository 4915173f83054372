from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from hutch.cli.credentials import HUB, Keyring, header, key
from hutch.cli.errors import CommandError

PAIR = base64.b64encode(b"me:secret").decode()


def helper(place: Path, script: str) -> None:
    program = place / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_keys() -> None:
    assert key("busybox") == key("docker.io/a/b") == HUB
    assert key("localhost:5000/a:1") == "localhost:5000"


def test_the_file_of_dockers_own_command(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"https://a.b:5000/v1/": {"auth": PAIR}, "c.d": {}}}))
    keyring = Keyring(str(tmp_path))
    assert keyring.get("a.b:5000") == {"username": "me", "password": "secret", "serveraddress": "a.b:5000"}
    assert keyring.get("e.f") == {} and Keyring(str(tmp_path / "none")).get("e.f") == {}
    sent = keyring.header("a.b:5000/x").removeprefix("X-Registry-Auth: ")
    assert json.loads(base64.urlsafe_b64decode(sent))["username"] == "me"
    assert header({}) == "X-Registry-Auth: e30="


def test_what_is_kept(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"detachKeys": "ctrl-a"}')
    keyring = Keyring(str(tmp_path))
    assert keyring.store("a.b", {"username": "me", "password": "secret"}) == str(tmp_path / "config.json")
    assert json.loads((tmp_path / "config.json").read_text()) == {
        "detachKeys": "ctrl-a", "auths": {"a.b": {"auth": PAIR}}
    }  # fmt: skip
    assert (tmp_path / "config.json").stat().st_mode & 0o777 == 0o600
    keyring.store("c.d", {"username": "me", "password": "x", "identitytoken": "token"})
    assert Keyring(str(tmp_path)).get("c.d")["identitytoken"] == "token"
    keyring.erase("a.b")
    assert Keyring(str(tmp_path)).get("a.b") == {}
    assert os.listdir(tmp_path) == ["config.json"]


def test_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"relative:{tmp_path}:/usr/bin:/bin")
    (tmp_path / "config.json").write_text('{"credHelpers": {"a.b": "test"}}')
    keyring = Keyring(str(tmp_path))
    helper(tmp_path, f'cat >>{tmp_path}/log; echo " $1" >>{tmp_path}/log; echo \'{{"Username":"u","Secret":"s"}}\'')
    assert keyring.get("a.b") == {"username": "u", "password": "s", "serveraddress": "a.b"}
    assert keyring.store("a.b", {"username": "u", "password": "s"}) == ""
    keyring.erase("a.b")
    assert (tmp_path / "log").read_text().split("\n")[:3] == [
        "a.b get", '{"ServerURL":"a.b","Username":"u","Secret":"s"} store', "a.b erase"
    ]  # fmt: skip
    helper(tmp_path, 'echo \'{"Username":"<token>","Secret":"t"}\'')
    assert keyring.get("a.b") == {"identitytoken": "t", "serveraddress": "a.b"}
    for script in ("exit 1", "echo nonsense"):
        helper(tmp_path, script)
        assert keyring.get("a.b") == {}
    helper(tmp_path, "echo no; exit 1")
    with pytest.raises(CommandError, match="exit status 1, out: `no`"):
        keyring.store("a.b", {"username": "u", "password": "s"})
    (tmp_path / "docker-credential-test").unlink()
    with pytest.raises(CommandError, match="executable file not found"):
        keyring.erase("a.b")


def test_a_file_that_is_broken(tmp_path: Path) -> None:
    for text in ("{", "[]"):
        (tmp_path / "config.json").write_text(text)
        with pytest.raises(CommandError, match=r"loading config file: .*config\.json"):
            Keyring(str(tmp_path)).get("a.b")
