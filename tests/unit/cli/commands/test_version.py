"""``hutch version`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_both_sides(engine: Any, hutch: Any) -> None:
    engine.on("GET /version", {"Version": "9", "ApiVersion": "1.51", "MinAPIVersion": "1.24", "Os": "linux"})
    assert hutch("version", "-f", "{{.Server.Version}} {{.Client.APIVersion}}")[1] == "9 1.50\n"
    out = hutch("version")[1]
    assert out.startswith("Client: hutch\n Version:") and "  API version:     1.51 (minimum version 1.24)\n" in out
