"""``config.json`` as the user has written it."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hutch.cli.errors import CommandError
from hutch.cli.preferences import Preferences, folder

PROXIES = {"default": {"httpProxy": "http://p:1", "noProxy": "a,b"}, "unix:///other": {"allProxy": "z"}}


def written(home: Path, **settings: Any) -> Preferences:
    (home / "config.json").write_text(json.dumps(settings))
    return Preferences(str(home))


def test_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/h")
    monkeypatch.delenv("HUTCH_CONFIG", raising=False)
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    assert folder("") == "/h/.docker"
    monkeypatch.setenv("DOCKER_CONFIG", "/d")
    assert folder("") == "/d"
    monkeypatch.setenv("HUTCH_CONFIG", "/c")
    assert folder("") == "/c" and folder("/flag") == "/flag"


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    none = Preferences(str(tmp_path))
    assert none.text("psFormat") == "" and none.headers() == [] and none.proxies("x") == []


def test_one_that_cannot_be_read_is_told_and_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text("{bad")
    broken = Preferences(str(tmp_path))
    assert broken.text("psFormat") == "" and broken.headers() == []
    assert capsys.readouterr().err.count(f"WARNING: Error parsing config file ({tmp_path}/config.json): ") == 1


def test_headers(tmp_path: Path) -> None:
    given = {"X-Foo": "bar", "User-Agent": "me", "X-Bad": "a\r\nX-Other: b"}
    assert written(tmp_path, HttpHeaders=given).headers() == ["X-Foo: bar"]


def test_proxies_of_an_engine_or_of_all(tmp_path: Path) -> None:
    preferences = written(tmp_path, proxies=PROXIES)
    names = ["HTTP_PROXY=http://p:1", "http_proxy=http://p:1", "NO_PROXY=a,b", "no_proxy=a,b"]
    assert preferences.proxies("unix:///any") == names
    assert preferences.proxies("unix:///other") == ["ALL_PROXY=z", "all_proxy=z"]


def test_contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HUTCH_HOST", "DOCKER_HOST", "HUTCH_CONTEXT", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    key = sha256(b"far").hexdigest()
    meta = tmp_path / "contexts/meta" / key
    meta.mkdir(parents=True)
    (meta / "meta.json").write_text('{"Name":"far","Endpoints":{"docker":{"Host":"unix:///far"}}}')
    preferences = written(tmp_path, currentContext="far")
    assert preferences.context("", [])["Host"] == "unix:///far"
    assert preferences.context("", ["unix:///x"]) == {}, "an address that is given wins"
    assert preferences.context("default", []) == {}
    monkeypatch.setenv("DOCKER_HOST", "unix:///y")
    assert preferences.context("", []) == {}
    assert preferences.context("far", [])["tls"] == f"{tmp_path}/contexts/tls/{key}/docker"
    with pytest.raises(CommandError, match="cannot specify both --host and --context"):
        preferences.context("far", ["unix:///x"])
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONTEXT", "none")
    with pytest.raises(CommandError, match=r'context "none": context not found: open .*meta.json: no such file'):
        preferences.context("", [])


def test_formats_and_keys_are_taken_where_no_flag_says_otherwise(engine: Any, hutch: Any, tmp_path: Path) -> None:
    written(tmp_path, networksFormat="{{.Name}}!", HttpHeaders={"X-A": "b"}, volumesFormat="{{.Name}}")
    network = {"Id": "x" * 64, "Name": "n", "Driver": "null", "Scope": "local", "Created": "2026-01-01T00:00:00Z"}
    engine.on("GET /networks", [network])
    assert hutch("network", "ls") == (0, "n!\n", "")
    assert hutch("network", "ls", "-q") == (0, "x" * 12 + "\n", "")
    assert hutch("network", "ls", "--format", "{{.Driver}}") == (0, "null\n", "")


def test_proxies_go_into_containers(engine: Any, hutch: Any, tmp_path: Path) -> None:
    written(tmp_path, proxies=PROXIES)
    engine.on("POST /containers/create", {"Id": "c"}, status=201)
    hutch("create", "-e", "HTTP_PROXY=own", "-e", "no_proxy", "image")
    assert engine.body()["Env"] == ["HTTP_PROXY=own", "no_proxy", "http_proxy=http://p:1", "NO_PROXY=a,b"]
