"""Images go to a dockerd and come from one, and stay what they were."""

from __future__ import annotations

import json

import pytest

from compat.images import archives
from support import boxes, buildkit
from support.client import Client

NAME = "hutch-compat-whole:1"
CHANGES = [
    'CMD ["a", "b"]',
    "CMD a $b 'c d'",
    "CMD",
    "CMD []",
    "ENTRYPOINT",
    "ENTRYPOINT []",
    'ENTRYPOINT ["x"]\nENTRYPOINT []',
    "STOPSIGNAL",
    "STOPSIGNAL 0",
    "STOPSIGNAL 999",
    "STOPSIGNAL RTMIN+3",
    "STOPSIGNAL int",
    "STOPSIGNAL a b",
    "USER",
    "WORKDIR",
    "WORKDIR a b",
    "VOLUME",
    'SHELL ["a"]',
    'ENTRYPOINT ["x"]',
    "ENTRYPOINT run it",
    "ENV A=1",
    "ENV A=1 B=2",
    'ENV A="1 2" B=3\\ 4',
    "ENV A the rest of it",
    "ENV A='x y'",
    "EXPOSE 80",
    "EXPOSE 80/udp 443",
    "EXPOSE 8000-8002",
    "EXPOSE 8000-8001/sctp",
    "EXPOSE 99999",
    "LABEL a=b",
    'LABEL a="b c" d=e',
    "LABEL a b c",
    "ONBUILD RUN make",
    "ONBUILD FROM x",
    "STOPSIGNAL SIGINT",
    "STOPSIGNAL 9",
    "STOPSIGNAL NONSENSE",
    "USER me",
    "USER 1:2",
    "USER a b",
    "VOLUME /a",
    "VOLUME /a /b",
    'VOLUME ["/a", "/b c"]',
    "WORKDIR /a/b/../c",
    "WORKDIR rel",
    "HEALTHCHECK NONE",
    "HEALTHCHECK CMD true",
    'HEALTHCHECK --interval=5s --retries=3 CMD ["a","b"]',
    "HEALTHCHECK --timeout=1m30s --start-period=2s CMD x y",
    "HEALTHCHECK --interval=1us CMD x",
    "HEALTHCHECK --nonsense=1 CMD x",
    "HEALTHCHECK --timeout=1us CMD x",
    "HEALTHCHECK --interval=often CMD x",
    "HEALTHCHECK --interval=5 CMD x",
    "HEALTHCHECK --retries=0 CMD x",
    "HEALTHCHECK --retries=x CMD x",
    "HEALTHCHECK --retries=-1 CMD x",
    "HEALTHCHECK --interval=-1s CMD x",
    "HEALTHCHECK --start-period=0s --start-interval=1s CMD x",
    "HEALTHCHECK none",
    "HEALTHCHECK other x",
    "HEALTHCHECK --interval=0 CMD x",
    "HEALTHCHECK --interval",
    "HEALTHCHECK",
    "HEALTHCHECK NONE x",
    "HEALTHCHECK CMD",
    "HEALTHCHECK OTHER x",
    "EXPOSE 80/foo",
    "EXPOSE x",
    "EXPOSE 20-10",
    "ENV A",
    "ENV =b",
    "ENV A=1 B",
    "LABEL a",
    "VOLUME []",
    'VOLUME [""]',
    "ONBUILD ONBUILD RUN x",
    "ONBUILD MAINTAINER x",
    "ONBUILD nonsense",
    "RUN true",
    "FROM x",
    "nonsense",
    "cmd lower",
]


def load(client: Client, archive: bytes) -> str:
    return client("load", text=archive, timeout=120).ok()


def document(client: Client, name: str) -> dict[str, object]:
    """What inspect says, without where and when this engine stores it."""
    found = client.inspect(name)
    for place in ("GraphDriver", "Metadata"):
        found.pop(place)
    return dict(found)


def test_both_say_the_same_of_an_image(hutch: Client, dockerd: Client) -> None:
    archive = archives.whole(NAME)
    assert load(hutch, archive) == load(dockerd, archive)
    ours, theirs = document(hutch, NAME), document(dockerd, NAME)
    assert ours["Id"] == boxes.image_id(archive)
    assert ours == theirs
    assert hutch.engine.api("GET", f"/v1.45/images/{NAME}/history") == dockerd.engine.api(
        "GET", f"/v1.45/images/{NAME}/history"
    )
    for words in (("history", "--no-trunc", NAME), ("images", "--no-trunc", "--format", "json", NAME)):
        assert hutch(*words).ok() == dockerd(*words).ok()


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
def test_there_and_back(hutch: Client, dockerd: Client, kind: str) -> None:
    first, second = (hutch, dockerd) if kind != "gzip" else (dockerd, hutch)
    archive = archives.whole(NAME)
    load(first, archive)
    sent = first("save", NAME).raw
    assert load(second, archives.wrap(sent, kind)) == f"Loaded image: {NAME}"
    assert second.inspect(NAME)["Id"] == boxes.image_id(archive)
    returned = second("save", NAME).raw
    first("rmi", "-f", NAME).ok()
    load(first, archives.wrap(returned, kind))
    assert first.inspect(NAME)["Id"] == boxes.image_id(archive)


def test_what_is_saved_has_the_same_files(hutch: Client, dockerd: Client) -> None:
    for client in (hutch, dockerd):
        load(client, archives.whole(NAME))
    ours, theirs = (archives.members(client("save", NAME).raw) for client in (hutch, dockerd))
    # dockerd adds a document for each layer, for engines older than 1.10
    assert set(ours) < set(theirs)
    for name in ("index.json", "manifest.json", "oci-layout", "repositories"):
        assert json.loads(ours[name]) == json.loads(theirs[name])


@pytest.mark.parametrize("kind", ["none", "gzip", "zstd"])
def test_the_layout_that_dockerd_saved(hutch: Client, dockerd: Client, kind: str) -> None:
    archive = archives.whole(NAME)
    load(dockerd, archive)
    layout = dockerd("save", NAME).raw
    load(hutch, archives.layout(layout) if kind == "none" else archives.packed_layers(layout, kind))
    assert hutch.inspect(NAME)["Id"] == boxes.image_id(archive)


def test_several_images_in_one_archive(hutch: Client, dockerd: Client) -> None:
    other = "hutch-compat-other:2"
    load(dockerd, archives.whole(NAME))
    load(dockerd, boxes.archive(other, [boxes.busybox_layer(), boxes.layer({"x": "y"})]))
    dockerd("tag", other, "hutch-compat-third:3").ok()
    names = [NAME, other, "hutch-compat-third:3"]
    said = load(hutch, dockerd("save", *names).raw)
    assert sorted(said.splitlines()) == sorted(f"Loaded image: {name}" for name in names)
    wanted = [dockerd.inspect(name)["Id"] for name in names]
    assert [hutch.inspect(name)["Id"] for name in names] == wanted
    archive = hutch("save", *names).raw
    for name in names:
        dockerd("rmi", "-f", name)
    load(dockerd, archive)
    assert [dockerd.inspect(name)["Id"] for name in names] == wanted


def test_an_image_that_dockerd_made(hutch: Client, dockerd: Client) -> None:
    """An import, whose config dockerd wrote itself."""
    name = "hutch-compat-made:1"
    dockerd("import", "-c", "ENV A=b", "-m", "by hand", "-", name, text=boxes.busybox_layer()).ok()
    load(hutch, dockerd("save", name).raw)
    assert document(hutch, name) == {**document(dockerd, name), "Parent": ""}


def test_files_are_what_the_layers_say(hutch: Client, dockerd: Client) -> None:
    for client in (hutch, dockerd):
        load(client, archives.whole(NAME))
    script = "cd / && find bin etc home root srv var tmp usr -xdev | sort | xargs ls -ldn"
    words = ("run", "--rm", "--network", "none", "--user", "0", "--entrypoint", "sh", NAME, "-c", script)
    ours, theirs = hutch(*words).ok(), dockerd(*words).ok()
    clean = [[line for line in text.splitlines() if " etc/" not in line or "keep" in line] for text in (ours, theirs)]
    assert clean[0] == clean[1]
    assert any("srv/new" in line for line in clean[0]) and not any("srv/old" in line for line in clean[0])


@pytest.mark.parametrize("change", CHANGES)
def test_changes_of_import(hutch: Client, dockerd: Client, change: str) -> None:
    name = "hutch-compat-import:1"
    layer = boxes.layer({"f": "1"})
    ours, theirs = (client("import", "-c", change, "-", name, text=layer) for client in (hutch, dockerd))
    assert ours.code == theirs.code, (ours, theirs)
    assert ours.err == theirs.err
    if theirs.code == 0:
        assert hutch.inspect(name)["Config"] == dockerd.inspect(name)["Config"]


def test_what_buildkit_writes_for_dockerd(hutch: Client, dockerd: Client) -> None:
    files: buildkit.Files = {}
    image = buildkit.image(files, [boxes.busybox_layer(), boxes.layer({"made": "1"})], config={"Cmd": ["x"]})
    archive = buildkit.docker_archive(NAME, files, image)
    assert load(hutch, archive) == load(dockerd, archive)
    assert document(hutch, NAME)["Id"] == document(dockerd, NAME)["Id"]
