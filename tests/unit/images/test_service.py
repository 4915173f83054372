"""The room as a whole, without root: vfs layers owned by whoever runs the tests."""

from __future__ import annotations

import asyncio
import io
import json
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hutch.images.service import Images
from hutch.model.digest import sha256
from hutch.model.errors import Conflict, Invalid, NotFound
from hutch.storage.vfs import Vfs
from support.registry import FakeRegistry, layer


@pytest.fixture
def images(tmp_path: Path) -> Iterator[Images]:
    driver = Vfs(str(tmp_path))
    made = Images(str(tmp_path), driver, in_use=lambda i: USED.get(i, []))
    yield made
    made.close()
    driver.close()
    USED.clear()


USED: dict[str, list[tuple[str, bool]]] = {}


async def body(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


def collect(make: Any) -> list[Any]:
    async def run() -> list[Any]:
        return [item async for item in make()]

    return asyncio.run(run())


def make(images: Images, name: str, files: dict[str, bytes] | None = None, **options: Any) -> str:
    data = layer(files or {"file": name.encode()})
    answer = collect(lambda: images.import_(body(data), repo=name, tag="", **options))
    return str(answer[-1]["status"])


def test_import_inspect_history(images: Images) -> None:
    changes = ['CMD ["sh", "-c", "true"]', "ENV A=b C=d", "EXPOSE 80 90/udp", "LABEL x=y", "USER 1:2", "WORKDIR /w"]
    identifier = make(images, "one", message="hello", changes=changes, platform="linux/arm64")
    seen = images.inspect("one")
    assert seen["Id"] == identifier and seen["RepoTags"] == ["one:latest"] and seen["Comment"] == "hello"
    assert seen["Architecture"] == "arm64" and seen["Size"] == 3
    assert seen["Config"]["Cmd"] == ["sh", "-c", "true"] and seen["Config"]["Env"] == ["A=b", "C=d"]
    assert seen["Config"]["ExposedPorts"] == {"80/tcp": {}, "90/udp": {}} and seen["Config"]["WorkingDir"] == "/w"
    assert images.history("one")[0]["Comment"] == "hello"
    found = images.resolve(identifier[7:19])
    assert (found.id, found.refs, found.settings["User"]) == (identifier, ["one:latest"], "1:2")
    assert images.store.driver.exists(str(found.top))


def test_save_and_load_give_the_same_image(images: Images, tmp_path: Path) -> None:
    first, second = make(images, "a:1"), make(images, "b:2")
    images.store.tag(first, "docker.io/library/a", "other")
    archive = b"".join(collect(lambda: images.save(["a", "b:2", second])))
    with tarfile.open(fileobj=io.BytesIO(archive)) as listing:
        names = listing.getnames()
        member = listing.extractfile("manifest.json")
        assert member is not None
        manifest = json.loads(member.read())
    assert [m["RepoTags"] for m in manifest] == [["a:1", "a:other"], ["b:2"]]
    assert len(names) == len(set(names))
    assert b"".join(collect(lambda: images.save(["a", "b:2", second]))) == archive
    other_root = tmp_path / "other"
    other_root.mkdir()
    driver = Vfs(str(other_root))
    other = Images(str(other_root), driver)
    lines = [item["stream"] for item in collect(lambda: other.load(body(archive), quiet=True))]
    assert lines == ["Loaded image: a:1\n", "Loaded image: a:other\n", "Loaded image: b:2\n"]
    assert other.resolve("a:1").id == first and other.resolve("b:2").id == second
    assert b"".join(collect(lambda: other.save(["a", "b:2", second]))) == archive
    other.close()
    driver.close()


def test_remove_rules(images: Images) -> None:
    identifier = make(images, "x")
    asyncio.run(images.tag("x", "y/z", "t"))
    assert [i["RepoTags"] for i in images.list()] == [["x:latest", "y/z:t"]]
    with pytest.raises(Conflict, match=r"must be forced.*multiple repositories"):
        asyncio.run(images.remove(identifier))
    assert asyncio.run(images.remove("y/z:t")) == [{"Untagged": "y/z:t"}]
    USED[identifier] = [("c" * 64, False)]
    with pytest.raises(Conflict, match=r'unable to remove repository reference "x:latest" \(must force\)'):
        asyncio.run(images.remove("x"))
    with pytest.raises(Conflict, match=r"image is being used by stopped container cccccccccccc$"):
        asyncio.run(images.remove(identifier))
    USED[identifier] = [("c" * 64, True)]
    with pytest.raises(Conflict, match=r"\(cannot be forced\) - image is being used by running container"):
        asyncio.run(images.remove(identifier, force=True))
    assert asyncio.run(images.remove("x", force=True)) == [{"Untagged": "x:latest"}]
    USED.clear()
    top = images.resolve(identifier).top
    assert asyncio.run(images.remove(identifier)) == [{"Deleted": identifier}, {"Deleted": top}]
    assert images.store.driver.keys() == [] and images.store.blobs.all() == []
    with pytest.raises(NotFound, match=r"^No such image: x:latest$"):
        images.inspect("x")


def test_a_layer_below_a_container_stays_until_it_goes(images: Images) -> None:
    identifier = make(images, "x")
    top = images.resolve("x").top
    images.store.driver.prepare("container", top)
    USED[identifier] = [("container", False)]
    asyncio.run(images.remove("x", force=True))
    assert images.store.driver.exists(str(top))
    images.store.driver.remove("container")
    images.collect(identifier)
    assert not images.store.driver.exists(str(top)) and images.store.blobs.all() == []


def test_filters(images: Images) -> None:
    make(images, "old", changes=["LABEL k=v"])
    make(images, "reg.example:5000/team/new:1")
    names = lambda **f: sorted(n for i in images.list(filters=f) for n in i["RepoTags"])  # noqa: E731
    assert names(label=["k=v"]) == ["old:latest"]
    assert names(since=["old"]) == ["reg.example:5000/team/new:1"]
    assert names(before=["reg.example:5000/team/new:1"]) == ["old:latest"]
    assert names(reference=["o*"]) == ["old:latest"]
    assert names(reference=["*/team/*:1"]) == ["reg.example:5000/team/new:1"]
    assert names(dangling=["true"]) == [] and len(names(dangling=["false"])) == 2
    with pytest.raises(Invalid, match="invalid filter 'colour'"):
        names(colour=["red"])


def test_pull(images: Images, fake: FakeRegistry) -> None:
    fake.image("a", "1", layer({"f": b"x"}))
    assert "newer" in collect(lambda: images.pull(f"{fake.host}/a:1", "", "", None))[-1]["status"]
    assert "up to date" in collect(lambda: images.pull("hello-world", "", "", None))[-1]["status"]
    with pytest.raises(Invalid):
        images.pull("a", "no tag", "", None)


def test_prune(images: Images) -> None:
    make(images, "kept")
    dangling = make(images, "moved", {"f": b"first"})
    make(images, "moved", {"f": b"second"})
    answer = asyncio.run(images.prune({}))
    assert {"Deleted": dangling} in answer["ImagesDeleted"] and answer["SpaceReclaimed"] == 5
    assert asyncio.run(images.prune({})) == {"ImagesDeleted": None, "SpaceReclaimed": 0}


def test_what_a_crash_left_is_gone_and_a_lost_layer_takes_only_its_images(tmp_path: Path) -> None:
    driver = Vfs(str(tmp_path))
    first = Images(str(tmp_path), driver)
    make(first, "good"), make(first, "bad", {"other": b"x"})
    lost = str(first.resolve("bad").top)
    driver.prepare("staging-orphan", None)
    driver.commit("staging-orphan", sha256(b"orphan"))
    Path(first.store.blobs.path(sha256(b"stray"))).write_text("")
    driver.remove(lost)
    first.store.blobs.remove(first.store.layers(lost)[-1].blob)
    first.close()
    driver.close()
    driver = Vfs(str(tmp_path))
    again = Images(str(tmp_path), driver)
    assert [i["RepoTags"] for i in again.list()] == [["good:latest"]]
    assert driver.keys() == [again.resolve("good").top]
    assert len(again.store.blobs.all()) == 1
    assert again.store.lost()[0][1] == f"layer {lost} is missing"
    again.close()
    driver.close()


def test_events_have_the_labels_of_the_image(tmp_path: Path) -> None:
    told: list[tuple[str, dict[str, str]]] = []
    driver = Vfs(str(tmp_path))
    images = Images(str(tmp_path), driver, emit=lambda action, _, about: told.append((action, dict(about))))
    made = make(images, "one", changes=["LABEL a=b"])
    saved = b"".join(collect(lambda: images.save(["one"])))
    collect(lambda: images.load(body(saved)))
    asyncio.run(images.tag("one", "two", "2"))
    asyncio.run(images.remove("two:2"))
    asyncio.run(images.remove("one"))
    asyncio.run(images.prune({}))
    images.close()
    driver.close()
    names = [("tag", "one:latest"), ("import", made), ("save", made), ("load", made), ("tag", "two:2")]
    expected = [(action, {"a": "b", "name": name}) for action, name in [*names, ("untag", made), ("untag", made)]]
    assert told == [*expected, ("delete", {"name": made}), ("prune", {"reclaimed": "0"})]
