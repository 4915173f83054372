"""``hutch gc`` against a scripted engine."""

from __future__ import annotations

from typing import Any


def test_what_would_go_and_why(engine: Any, hutch: Any) -> None:
    gone = {"Id": "sha256:0123456789abcdef", "Names": [], "Why": "dangling", "Size": 5_000_000}
    engine.on("POST /hutch/gc", {
        "Start": "80%", "Stop": "70%", "Due": True, "Used": 90, "Total": 100, "Images": 7_000_000, "Removed": [gone],
    })  # fmt: skip
    assert hutch("gc", "--dry-run")[1] == (
        "Disk 90% full, images take 7MB; begins at 80%, ends at 70%: due\n"
        "would remove 0123456789ab <none>: dangling, 5MB\n"
    )
    assert engine.targets()[0].endswith("dry-run=1")
    assert "removed 0123456789ab" in hutch("system", "gc")[1]
