from collections.abc import Iterator
from pathlib import Path
from sqlite3 import IntegrityError

import pytest

from hutch.storage.database import Database
from hutch.volumes.store import MIGRATIONS, Record, VolumeStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[VolumeStore]:
    database = Database(str(tmp_path / "volumes.db"), MIGRATIONS)
    yield VolumeStore(database)
    database.close()


def test_the_first_record_of_a_name_stays(store: VolumeStore) -> None:
    store.add(Record("v1", "t1", {"a": "b"}))
    store.add(Record("v1", "t2", None))
    assert store.get("v1") == Record("v1", "t1", {"a": "b"})
    assert store.get("v2") is None


def test_a_volume_in_use_is_not_struck_out(store: VolumeStore) -> None:
    store.add(Record("v1", "t", None))
    store.use("v1", "c1")
    store.use("v1", "c1")
    store.use("v1", "c2")
    assert store.users("v1") == ["c1", "c2"] and store.used() == {"v1"} and store.used_by("c2") == ["v1"]
    assert not store.delete("v1")
    store.release("c1")
    store.release("c2")
    assert store.delete("v1") and not store.delete("v1")


def test_what_is_not_there_cannot_be_used(store: VolumeStore) -> None:
    with pytest.raises(IntegrityError):
        store.use("nope", "c1")
