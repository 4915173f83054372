"""``hutch manifest annotate`` on a local list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.manifests import answer


@pytest.fixture
def made(engine: Any, hutch: Any, settings: Path) -> Path:
    engine.on("GET /hutch/manifests", answer("x.y/a:1"))
    assert hutch("manifest", "create", "x.y/l:1", "x.y/a:1")[0] == 0
    return settings / "manifests/x.y_l-1/x.y_a-1"


def test_annotate(hutch: Any, made: Path) -> None:
    flags = ("--arch", "arm", "--variant", "v7", "--os-version", "1", "--os-features", "f,g")
    assert hutch("manifest", "annotate", "x.y/l:1", "x.y/a:1", *flags) == (0, "", "")
    assert hutch("manifest", "annotate", "x.y/l:1", "x.y/a:1", "--os-features", "g,h") == (0, "", "")
    assert json.loads(made.read_text())["Descriptor"]["platform"] == {
        "architecture": "arm", "os": "linux", "os.version": "1", "os.features": ["f", "g", "h"], "variant": "v7"
    }  # fmt: skip


def test_what_cannot_be_said(hutch: Any, made: Path) -> None:
    message = "manifest entry for image has unsupported os/arch combination: /pdp11\n"
    assert hutch("manifest", "annotate", "x.y/l:1", "x.y/a:1", "--arch", "pdp11") == (1, "", message)
    assert json.loads(made.read_text())["Descriptor"]["platform"]["architecture"] == "amd64"
    message = "manifest for image x.y/b:1 does not exist in x.y/l:1\n"
    assert hutch("manifest", "annotate", "x.y/l:1", "x.y/b:1") == (1, "", message)
