import asyncio
from pathlib import Path

from hutch.model.network import Attachment
from hutch.network.store import NetworkStore

WEB = Attachment(container="c1", name="web", network="bridge", address="172.17.0.2", ports={"80/tcp": None})


def test_ids_of_networks_stay_the_same(tmp_path: Path) -> None:
    store = NetworkStore(str(tmp_path / "network.db"))
    first = store.identity("bridge")
    assert store.identity("host")[0] != first[0]
    store.close()
    again = NetworkStore(str(tmp_path / "network.db"))
    assert again.identity("bridge") == first
    again.close()


def test_attachments_come_back_until_they_are_forgotten(tmp_path: Path) -> None:
    async def scenario() -> None:
        store = NetworkStore(str(tmp_path / "network.db"))
        await store.record(WEB)
        store.close()
        again = NetworkStore(str(tmp_path / "network.db"))
        assert again.attachments() == [WEB]
        await again.forget("c1")
        await again.forget("c1")
        assert again.attachments() == []
        again.close()

    asyncio.run(scenario())


def test_settings_are_remembered(tmp_path: Path) -> None:
    store = NetworkStore(str(tmp_path / "network.db"))
    assert store.setting("subnet") is None
    store.remember("subnet", "a")
    store.remember("subnet", "b")
    assert store.setting("subnet") == "b"
    store.close()
