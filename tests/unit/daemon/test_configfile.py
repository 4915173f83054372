from __future__ import annotations

from pathlib import Path

import pytest

from hutch.daemon import configfile
from hutch.model.errors import Invalid


def test_a_missing_file_matters_only_if_it_was_named(tmp_path: Path) -> None:
    path = str(tmp_path / "daemon.json")
    assert configfile.read(path, named=False) == {}
    with pytest.raises(Invalid, match=f"unable to configure the Docker daemon with file {path}: open {path}: no such"):
        configfile.read(path, named=True)


def test_settings_by_key(tmp_path: Path) -> None:
    path = tmp_path / "daemon.json"
    path.write_text('{"debug": true, "hosts": ["unix:///x"], "log-opts": {"max-size": "1m"}, "mtu": 9000}')
    assert configfile.read(str(path), named=True) == {
        "debug": True,
        "hosts": ["unix:///x"],
        "log-opts": {"max-size": "1m"},
        "mtu": 9000,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "invalid JSON"),
        ("[]", "must hold an object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"zzz": 1, "aaa": 2}', "the following directives don't match any configuration option: aaa, zzz"),
        ('{"userns-remap": "default"}', "userns-remap: not supported yet"),
        ('{"ipv6": true}', "ipv6: not supported yet"),
        ('{"debug": "yes"}', "the value of debug has the wrong type"),
        ("[" * 100_000, "invalid JSON"),
        (" " * (configfile.MAX_FILE + 1), "larger than"),
    ],
)
def test_wrong_files(text: str, message: str) -> None:
    with pytest.raises(Invalid, match=message):
        configfile.decode(text.encode(), "/d.json")


def test_what_is_off_anyway_may_be_switched_off() -> None:
    assert configfile.decode(b'{"ipv6": false, "ip6tables": false, "debug": true}', "/d.json") == {"debug": True}


def test_a_setting_in_both_places_is_an_error_with_both_values() -> None:
    with pytest.raises(Invalid) as caught:
        configfile.conflicts({"label": ["a=b"], "debug": True}, {"labels": ["c=d"], "debug": False}, "/d.json")
    assert str(caught.value) == (
        "unable to configure the Docker daemon with file /d.json: the following directives are specified both as a "
        "flag and in the configuration file: debug: (from flag: true, from file: false), "
        "labels: (from flag: [a=b], from file: [c=d])"
    )
    configfile.conflicts({"add-runtime": {}}, {"runtimes": {}}, "/d.json")
