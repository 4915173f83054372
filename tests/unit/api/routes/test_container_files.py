from __future__ import annotations

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
