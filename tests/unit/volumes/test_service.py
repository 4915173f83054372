import asyncio
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.storage.database import Database
from hutch.volumes.options import ANONYMOUS
from hutch.volumes.service import Volumes
from hutch.volumes.store import MIGRATIONS


def _run(tmp_path: Path, scenario: Callable[[Volumes], Awaitable[None]]) -> None:
    database = Database(str(tmp_path / "volumes.db"), MIGRATIONS)
    volumes = Volumes(str(tmp_path / "volumes"), database)
    try:
        asyncio.run(scenario(volumes))  # type: ignore[arg-type]
    finally:
        volumes.close()
        database.close()


def test_a_volume_is_made_once_and_shown_as_docker_does(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        made = await volumes.create({"Name": "v1", "Labels": {"a": "b"}})
        assert made == volumes.inspect("v1") == await volumes.create({"Name": "v1"})
        assert made["Mountpoint"] == str(tmp_path / "volumes/v1/_data")
        assert (made["Driver"], made["Scope"], made["Options"], made["Labels"]) == ("local", "local", None, {"a": "b"})
        assert stat.S_IMODE(os.stat(made["Mountpoint"]).st_mode) == 0o755

    _run(tmp_path, scenario)


def test_a_volume_that_nobody_named_has_an_id_for_a_name(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        made = await volumes.create({})
        assert len(made["Name"]) == 64 and made["Labels"] == {ANONYMOUS: ""}

    _run(tmp_path, scenario)


def test_a_volume_in_use_is_not_removed(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        path = await volumes.acquire("v1", "c1")
        with pytest.raises(Conflict) as caught:
            await volumes.remove("v1", force=True)
        assert str(caught.value) == "remove v1: volume is in use - [c1]"
        assert os.path.isdir(path)
        await volumes.release("c1")
        await volumes.remove("v1", force=False)
        assert not os.path.exists(path)
        with pytest.raises(NotFound) as missing:
            await volumes.remove("v1", force=False)
        assert str(missing.value) == "get v1: no such volume"
        await volumes.remove("v1", force=True)

    _run(tmp_path, scenario)


def test_only_anonymous_unused_volumes_go_with_their_container(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        mine, shared = "a1" * 32, "a2" * 32
        for name in (mine, shared):
            await volumes.acquire(name, "c1", anonymous=True)
        await volumes.acquire("named", "c1")
        await volumes.acquire(shared, "c2")
        assert list(volumes.used_by("c1")) == [mine, shared, "named"]
        await volumes.release("c1", anonymous=True)
        assert {v["Name"] for v in volumes.list({})["Volumes"]} == {shared, "named"}

    _run(tmp_path, scenario)


def test_filters(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        await volumes.create({"Name": "free", "Labels": {"a": "b"}})
        await volumes.acquire("used", "c1")
        for filters, names in (
            ({"dangling": ["true"]}, ["free"]),
            ({"dangling": ["false"]}, ["used"]),
            ({"label": ["a=b"]}, ["free"]),
            ({"name": ["us"]}, ["used"]),
            ({"driver": ["other"]}, []),
        ):
            assert [v["Name"] for v in volumes.list(filters)["Volumes"]] == names
        with pytest.raises(Invalid):
            volumes.list({"foo": ["x"]})

    _run(tmp_path, scenario)


def test_what_a_crash_left_is_put_right(tmp_path: Path) -> None:
    async def before(volumes: Volumes) -> None:
        await volumes.acquire("v1", "gone")
        os.rmdir(volumes.path("v1"))

    async def after(volumes: Volumes) -> None:
        assert await volumes.recover(["alive"]) == ["gone"]
        assert os.path.isdir(volumes.path("v1"))
        await volumes.remove("v1", force=False)

    _run(tmp_path, before)
    _run(tmp_path, after)


def test_names_that_lead_out_are_refused(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        for name in ("../x", ".trash", "a/b"):
            with pytest.raises(Invalid):
                await volumes.acquire(name, "c1")
            with pytest.raises(Invalid):
                await volumes.create({"Name": name})

    _run(tmp_path, scenario)


def test_the_making_and_the_end_are_told(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        database = Database(f"{tmp_path}/told.db", MIGRATIONS)
        volumes = Volumes(f"{tmp_path}/told", database, lambda action, name: told.append((action, name)))
        await volumes.create({"Name": "data"})
        await volumes.create({"Name": "data"})
        await volumes.acquire("data", "c1")
        await volumes.release("c1")
        await volumes.remove("data", force=False)
        assert told == [("create", "data"), ("destroy", "data")]
        volumes.close()
        database.close()

    asyncio.run(run())


def test_what_the_engine_makes_and_ends_is_told_too(tmp_path: Path) -> None:
    async def run() -> None:
        told: list[tuple[str, str]] = []
        database = Database(f"{tmp_path}/told.db", MIGRATIONS)
        volumes = Volumes(f"{tmp_path}/told", database, lambda action, name: told.append((action, name)))
        await volumes.acquire("f" * 64, "c1", anonymous=True)
        await volumes.acquire("f" * 64, "c1", anonymous=True)
        await volumes.release("c1", anonymous=True)
        assert told == [("create", "f" * 64), ("destroy", "f" * 64)]
        volumes.close()
        database.close()

    asyncio.run(run())


def test_a_folder_that_cannot_be_made_leaves_no_record(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        (tmp_path / "volumes/v1").write_text("in its place")
        with pytest.raises(OSError, match="v1"):
            await volumes.create({"Name": "v1"})
        with pytest.raises(NotFound):
            volumes.inspect("v1")

    _run(tmp_path, scenario)


def test_a_removal_that_was_cut_short_is_finished_if_nobody_uses_it(tmp_path: Path) -> None:
    async def scenario(volumes: Volumes) -> None:
        for name in ("used", "unused", "other"):
            await volumes.create({"Name": name})
        await volumes.acquire("used", "c1")
        for name in ("used", "unused"):
            os.chmod(tmp_path / "volumes" / name, 0o1701)
        await volumes.recover(["c1"])
        assert sorted(row["Name"] for row in volumes.list({})["Volumes"]) == ["other", "used"]
        assert stat.S_IMODE(os.stat(tmp_path / "volumes/used").st_mode) == 0o701
        assert not os.path.exists(tmp_path / "volumes/unused")

    _run(tmp_path, scenario)


def test_volumes_may_be_removed_while_a_daemon_begins(tmp_path: Path) -> None:
    """A container that ended while none was there takes its volumes with it meanwhile."""

    async def scenario(volumes: Volumes) -> None:
        names = [(await volumes.create({}))["Name"] for _ in range(150)]
        recovering = [volumes.recover([]) for _ in range(10)]
        await asyncio.gather(*recovering, *(volumes.remove(name, force=False) for name in names))
        assert [name for name in os.listdir(tmp_path / "volumes") if not name.startswith(".")] == []

    _run(tmp_path, scenario)
