"""Mounts of users, over the real volumes room."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hutch.engine import propagation
from hutch.engine.mounts import FOLLOW
from hutch.engine.record import Mounted
from hutch.engine.user_mounts import UserMounts
from hutch.model.errors import Invalid, System
from hutch.storage.database import Database
from hutch.volumes.service import Volumes
from hutch.volumes.store import MIGRATIONS
from unit.engine.make import record


def test_volumes_come_and_go(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database(f"{tmp_path}/v.db", MIGRATIONS)
        volumes = Volumes(f"{tmp_path}/volumes", database)
        mounts = UserMounts(volumes)
        named = await mounts.claim("c1", Mounted(kind="volume", name="data", destination="/d", no_copy=True))
        nameless = await mounts.claim("c1", Mounted(kind="volume", destination="/e", anonymous=True, no_copy=True))
        assert Path(named.source).is_dir()
        assert len(nameless.name) == 64
        made = await mounts.mount(record(id="c1", mounts=(named, nameless)), [])
        assert [(m.source, m.target) for m in made] == [(named.source, "/d"), (nameless.source, "/e")]
        await mounts.forget("c1", anonymous=True)
        assert Path(named.source).is_dir()
        assert not Path(nameless.source).exists()
        with pytest.raises(Invalid, match="nfs"):
            await mounts.claim("c1", Mounted(kind="volume", name="x", destination="/d", driver="nfs"))
        volumes.close()
        database.close()

    asyncio.run(run())


def test_binds_and_tmpfs(tmp_path: Path) -> None:
    async def run() -> None:
        mounts = UserMounts(None)  # type: ignore[arg-type]
        points = (
            Mounted(kind="bind", source=f"{tmp_path}/new/deep", destination="/b", rw=False, options=("bind",)),
            Mounted(kind="tmpfs", destination="/t", options=("size=1m",)),
        )
        bind, tmpfs = await mounts.mount(record(mounts=points), [])
        assert (tmp_path / "new" / "deep").is_dir(), "a missing source is made, as in Docker"
        assert bind.options[:2] == ("bind", "ro")
        assert {"size=1m", "nosuid", "nodev", "noexec"} <= set(tmpfs.options)
        gone = Mounted(kind="bind", source=f"{tmp_path}/no", destination="/b", must_exist=True)
        with pytest.raises(System, match="does not exist"):
            await mounts.mount(record(mounts=(gone,)), [])
        assert [m.target for m in mounts.describe(record(mounts=points))] == ["/b", "/t"]

    asyncio.run(run())


@pytest.mark.parametrize(("possible", "found"), [(True, "rslave"), (False, "rprivate")])
def test_a_bind_that_may_follow_the_host_does_where_the_host_lets_it(
    monkeypatch: pytest.MonkeyPatch, possible: bool, found: str
) -> None:
    monkeypatch.setattr(propagation, "possible", lambda *_: possible)
    point = Mounted(kind="bind", source="/", destination="/b", propagation="rslave", options=("rbind", FOLLOW))

    async def run() -> None:
        (bind,) = await UserMounts(None).mount(record(mounts=(point,)), [])  # type: ignore[arg-type]
        assert bind.options == ("rbind", found)

    asyncio.run(run())
