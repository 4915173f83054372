"""Lines of networks."""

from __future__ import annotations

from hutch.cli.network_rows import fields


def test_created() -> None:
    network = {"Created": "2024-05-01T10:20:30.5Z", "Labels": {"b": "2", "a": "1"}}
    assert fields(truncate=True)["CreatedAt"](network) == "2024-05-01 10:20:30.5 +0000 UTC"
    assert fields(truncate=True)["Labels"](network) == "a=1,b=2"
