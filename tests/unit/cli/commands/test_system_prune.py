"""``hutch system prune`` against a scripted engine."""

from __future__ import annotations

from typing import Any

from hutch.cli.commands.system_prune import warning


def test_every_kind_in_docker_s_order(engine: Any, hutch: Any) -> None:
    engine.on("POST /containers/prune", {"ContainersDeleted": ["c"], "SpaceReclaimed": 1000})
    engine.on("POST /networks/prune", {"NetworksDeleted": None})
    engine.on("POST /volumes/prune", {"VolumesDeleted": ["v"], "SpaceReclaimed": 500})
    engine.on("POST /images/prune", {"ImagesDeleted": [{"Deleted": "i"}], "SpaceReclaimed": 0})
    engine.on("POST /build/prune", {"CachesDeleted": None, "SpaceReclaimed": 0})
    code, out, _ = hutch("system", "prune", "-f", "--volumes")
    assert code == 0
    assert out == (
        "Deleted Containers:\nc\n\nDeleted Volumes:\nv\n\nDeleted Images:\ndeleted: i\n\nTotal reclaimed space: 1.5kB\n"
    )
    assert [target.partition("?")[0] for target in engine.targets()] == [
        "POST /containers/prune", "POST /networks/prune", "POST /volumes/prune", "POST /images/prune",
        "POST /build/prune",
    ]  # fmt: skip


def test_until_and_volumes(hutch: Any) -> None:
    code, _, err = hutch("system", "prune", "-f", "--volumes", "--filter", "until=1h")
    assert (code, err) == (1, 'ERROR: The "until" filter is not supported with "--volumes"\n')


def test_the_warning_names_kinds_and_filters() -> None:
    text = warning(["until=3h", "label=a"], everything=True, volumes=False)
    assert "images without at least one container" in text and "volumes" not in text
    assert text.endswith("\n  Items to be pruned will be filtered with:\n  - label=a\n  - until=3h\n")
