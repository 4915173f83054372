from __future__ import annotations

import base64
from typing import Any


def test_manifests(api: Any, call: Any) -> None:
    header = base64.urlsafe_b64encode(b'{"username":"u"}').decode()
    found = api("GET /hutch/manifests?name=a.b/c:1&insecure=1", x_registry_auth=header).json
    assert found["Manifests"] == ["a.b/c:1", {"username": "u"}, True]
    sent = call("POST /hutch/manifests?name=a.b/c:1", {"List": ""}).json
    assert sent == {"Digest": "a.b/c:1", "Pushed": [{"List": ""}, None, False]}
    assert call("GET /hutch/manifests").status == 400
