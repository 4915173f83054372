"""The data root may have no further file (inodes): whatever needs one says so, and what gives some back works."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.house import small_image
from support import boxes
from support.engine import Daemon
from support.packing import packed
from support.space import until

pytestmark = pytest.mark.faults
MOST = 2048
HOST = {"NetworkMode": "none"}


@pytest.fixture(scope="module")
def own() -> Iterator[Daemon]:
    """A daemon with few inodes for its data, an image and a volume to remove, and three containers: two run."""
    daemon = Daemon("--bridge=none", "--iptables=false", "--ip-forward=false", network=False)
    try:
        daemon.bound("data", "64m", str(MOST))
        daemon.start()
        daemon.load_box()
        for name in ("one", "two", "idle"):
            body = {"Image": daemon.image, "Cmd": ["sleep", "1000"], "HostConfig": {**HOST, "Binds": [f"{name}:/v"]}}
            assert daemon.api("POST", f"/containers/create?name={name}", body)[0] == 201
        for name in ("one", "two"):
            assert daemon.api("POST", f"/containers/{name}/start")[0] == 204
        assert daemon.api("POST", "/volumes/create", {"Name": "spare"})[0] == 201
        daemon.load(small_image("victim:load"))
        assert until(lambda: packed(_data(daemon)), 30)
        yield daemon
    finally:
        daemon.close()


def _data(own: Daemon) -> Path:
    return Path(f"/proc/{own.anchor()}/root{own.base}/data")


def fill(own: Daemon) -> None:
    """Take every inode that is left."""
    own.sh(f"mkdir -p {own.base}/data/fill; cd {own.base}/data/fill; seq {MOST} | xargs touch 2> /dev/null || true")
    assert os.statvfs(_data(own)).f_favail == 0


def _files(own: Daemon) -> set[str]:
    """Everything in the data root, but what only fills it."""
    return {
        f"{where}/{name}"
        for where, folders, names in os.walk(_data(own))
        for name in [*folders, *names]
        if not where.endswith("/fill")
    }


ASKED: dict[str, tuple[str, str, object]] = {
    "create": ("POST", "/containers/create?name=new", {"Image": "e2e-busybox", "Cmd": ["true"], "HostConfig": HOST}),
    "create with a volume": (
        "POST",
        "/containers/create?name=new",
        {"Image": "e2e-busybox", "Cmd": ["true"], "HostConfig": HOST, "Volumes": {"/v": {}}},
    ),
    "start": ("POST", "/containers/idle/start", None),
    "load": ("POST", "/images/load", small_image("other:load")),
    "import": ("POST", "/images/create?fromSrc=-", boxes.layer({"file": "text"})),
    "commit": ("POST", "/commit?container=one", {}),
    "volume create": ("POST", "/volumes/create", {"Name": "new"}),
    "cp": ("PUT", "/containers/one/archive?path=/tmp", boxes.layer({"file": "text"})),
    "fsck": ("POST", "/hutch/fsck", None),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_needs_a_file_says_that_there_are_none(own: Daemon, name: str) -> None:
    fill(own)
    before, method, target, body = _files(own), *ASKED[name]
    status, answer = own.api(method, target, body)
    text = str(answer)
    assert status == 500 or (status == 200 and "errorDetail" in text), (status, text)
    assert "no space left on device" in text and text.count("no space left") <= 2, text
    if name != "cp":  # its file system is the container's
        assert f"write {own.base}/data/" in text and "inodes are taken" in text, text
    assert '"damage"' not in text
    assert until(lambda: _files(own) == before), _files(own) ^ before
    assert {row["Names"][0] for row in own.api("GET", "/containers/json?all=1")[1]} == {"/one", "/two", "/idle"}
    assert {row["Name"] for row in own.api("GET", "/volumes")[1]["Volumes"]} == {"one", "two", "idle", "spare"}
    assert len(own.api("GET", "/images/json")[1]) == 2


def test_exec_needs_none(own: Daemon) -> None:
    fill(own)
    made = own.api("POST", "/containers/one/exec", {"Cmd": ["echo", "well"], "AttachStdout": True})[1]["Id"]
    assert b"well" in own.api("POST", f"/exec/{made}/start", {"Detach": False})[1]


@pytest.mark.parametrize("end", ["kill", "terminate"])
def test_a_daemon_starts_without_any(own: Daemon, end: str) -> None:
    before = own.api("GET", "/containers/one/json")[1]["State"]
    getattr(own, end)()
    fill(own)
    own.start()
    now = own.api("GET", "/containers/one/json")[1]["State"]
    assert (now["Status"], now["Pid"]) == ("running", before["Pid"])


@pytest.mark.parametrize(
    ("method", "target", "gone"),
    [
        ("POST", "/containers/one/stop?t=0", ""),
        ("DELETE", "/containers/one", "/containers/one/json"),
        ("DELETE", "/containers/two?force=1", "/containers/two/json"),
        ("DELETE", "/volumes/spare", "/volumes/spare"),
        ("DELETE", "/images/victim:load", "/images/victim:load/json"),
        ("POST", "/containers/prune", "/containers/idle/json"),
        ("POST", '/volumes/prune?filters={"all":["1"]}', "/volumes/one"),
        ("POST", "/hutch/gc", ""),
        ("POST", '/images/prune?filters={"dangling":["0"]}', "/images/e2e-busybox/json"),
    ],
)
def test_what_gives_some_back_works(own: Daemon, method: str, target: str, gone: str) -> None:
    fill(own)
    status, answer = own.api(method, target)
    assert status < 300, answer
    assert not gone or own.api("GET", gone)[0] == 404


def test_afterwards_everything_is_whole(own: Daemon) -> None:
    own.sh(f"rm -r {own.base}/data/fill")
    own.load_box()
    assert b'"damage"' not in own.api("POST", "/hutch/fsck")[1]
    body = {"Image": own.image, "Cmd": ["true"], "HostConfig": HOST}
    assert own.api("POST", "/containers/create?name=new", body)[0] == 201
    assert own.api("POST", "/containers/new/start")[0] == 204
