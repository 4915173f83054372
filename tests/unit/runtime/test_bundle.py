import json
from pathlib import Path

import pytest

from hutch.model.errors import Invalid, NotFound
from hutch.runtime import bundle


def test_paths_of_the_config_are_relative_to_the_bundle(tmp_path: Path) -> None:
    mounts = [{"destination": "/a", "type": "bind", "source": "data", "options": ["rbind"]}]
    config = {"root": {"path": "rootfs"}, "linux": {}, "mounts": mounts}
    (tmp_path / "config.json").write_text(json.dumps(config))
    loaded = bundle.load(str(tmp_path))
    assert loaded["root"]["path"] == str(tmp_path / "rootfs")
    assert loaded["mounts"][0]["source"] == str(tmp_path / "data")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"root": {"path": "x"}}', "[" * 100_000])
def test_bad_configs_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(Invalid):
        bundle.load(str(tmp_path))


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"config\.json"):
        bundle.load(str(tmp_path))
