import os
from pathlib import Path

import pytest

from hutch.model.mount import Mount
from hutch.storage.trash import Trash
from hutch.volumes.copyup import copy_up


@pytest.fixture
def image(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    (root / "srv/data/deep").mkdir(parents=True)
    (root / "srv/data/deep/file").write_text("content")
    (root / "srv/data").chmod(0o750)
    os.symlink("/srv/data", root / "link")
    os.symlink("../../../../../../etc", root / "out")
    os.symlink(str(tmp_path / "secret"), root / "absolute")
    (root / "plain").write_text("a file")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/key").write_text("host")
    (tmp_path / "volume/_data").mkdir(parents=True)
    return root


def _fill(image: Path, path: str) -> bool:
    trash = Trash(str(image.parent / ".trash"))
    try:
        return copy_up([Mount("bind", str(image))], path, str(image.parent / "volume"), trash)
    finally:
        trash.close()


@pytest.mark.parametrize("path", ["/srv/data", "srv/data/", "/link", "/srv/../link/./"])
def test_an_empty_volume_gets_the_images_content_owner_and_mode(image: Path, path: str) -> None:
    assert _fill(image, path)
    data = image.parent / "volume/_data"
    assert (data / "deep/file").read_text() == "content"
    assert data.stat().st_mode & 0o7777 == 0o750
    assert os.listdir(image.parent / "volume") == ["_data"]


@pytest.mark.parametrize("path", ["/out", "/absolute", "/../../secret", "/nowhere", "/plain", "/plain/x"])
def test_links_do_not_lead_out_of_the_image(image: Path, path: str) -> None:
    assert not _fill(image, path)
    assert os.listdir(image.parent / "volume/_data") == []


def test_a_volume_with_content_is_left_alone(image: Path) -> None:
    (image.parent / "volume/_data/mine").write_text("x")
    assert not _fill(image, "/srv/data")
    assert os.listdir(image.parent / "volume/_data") == ["mine"]


def test_an_interrupted_filling_is_begun_anew(image: Path) -> None:
    (image.parent / "volume/_filling/half").mkdir(parents=True)
    assert _fill(image, "/srv/data")
    assert os.listdir(image.parent / "volume/_data") == ["deep"]


def test_one_view_is_needed(image: Path) -> None:
    with pytest.raises(ValueError):
        copy_up([], "/srv", str(image.parent / "volume"), Trash(str(image.parent / ".trash")))
