from __future__ import annotations

import base64
from typing import Any


def test_changes_and_export(api: Any) -> None:
    assert api("GET /containers/a/changes").json == [{"Path": "/a", "Kind": 0}]
    answered = api("GET /containers/a/export")
    assert (answered.headers["Content-Type"], answered.body) == ("application/octet-stream", b"tar of a")
    assert api("GET /containers/none/export").status == 404


def test_commit(api: Any) -> None:
    answered = api("POST /commit?container=a&repo=r&tag=t&changes=A&changes=B&author=me&comment=c", {"Cmd": ["x"]})
    assert (answered.status, answered.json) == (201, {"Id": "sha256:a"})
    assert api.files.asked[-1] == {
        "repo": "r", "tag": "t", "comment": "c", "author": "me", "pause": True, "changes": ["A", "B"],
        "body": {"Cmd": ["x"]},
    }  # fmt: skip
    assert api("POST /commit?container=a&pause=0").status == 201
    assert not api.files.asked[-1]["pause"] and api.files.asked[-1]["body"] == {}


def test_archives(api: Any) -> None:
    about = base64.b64encode(b'{"name":"/a"}').decode()
    answered = api("HEAD /containers/a/archive?path=/a")
    assert (answered.status, answered.headers["X-Docker-Container-Path-Stat"], answered.body) == (200, about, b"")
    answered = api("GET /containers/a/archive?path=/a")
    assert (answered.headers["Content-Type"], answered.body) == ("application/x-tar", b"tar of a")
    assert answered.headers["X-Docker-Container-Path-Stat"] == about
    assert api("GET /containers/a/archive?path=/none").status == 404
    assert api("GET /containers/a/archive").json == {"message": "bad parameter: pathcannot be empty"}
    assert api("PUT /containers/a/archive?path=/x&noOverwriteDirNonDir=1&copyUIDGID=true", b"tar").status == 200
    assert api.files.asked[-1] == {"path": "/x", "data": b"tar", "keep_kinds": True, "copy_owner": True}
