"""The verbs that are interrupted: what comes before, the verb itself, and how it is seen that it worked."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from faults.house import House, small_image
from support import boxes
from support.engine import IMAGE
from support.space import until
from support.stock_registry import program

NAME = "victim"


def body(**host: object) -> dict[str, object]:
    """What is asked for when the container is created, with more for the host."""
    return {
        "Image": IMAGE,
        "Cmd": ["sh", "-c", "sleep 1000"],
        "Volumes": {"/anonymous": {}},
        "HostConfig": {
            "NetworkMode": "bridge",
            "Binds": ["vol:/v"],
            "PortBindings": {"81/tcp": [{"HostPort": "8081"}]},
            **host,
        },
    }


def create(house: House) -> None:
    """What a crash has completed counts as created."""
    house.must("POST", f"/containers/create?name={NAME}", body(), 409)
    assert house.state(NAME)["Status"] == "created"


def start(house: House) -> None:
    house.must("POST", f"/containers/{NAME}/start", None, 304)
    assert house.state(NAME)["Status"] == "running"


def created_and_started(house: House) -> None:
    create(house)
    start(house)


def execute(house: House) -> None:
    made = house.must("POST", f"/containers/{NAME}/exec", {"Cmd": ["touch", "/v/done"]})
    house.must("POST", f"/exec/{made['Id']}/start", {"Detach": True})
    assert until(lambda: house.must("GET", f"/exec/{made['Id']}/json")["ExitCode"] == 0)


def stop(house: House) -> None:
    house.must("POST", f"/containers/{NAME}/stop?t=0", None, 304)
    assert house.state(NAME)["Status"] == "exited"


def kill(house: House) -> None:
    house.must("POST", f"/containers/{NAME}/kill", None, 409)
    assert house.state(NAME)["Status"] == "exited"
    assert until(lambda: NAME not in str(house.must("GET", "/networks/bridge")["Containers"]))


def restart(house: House) -> None:
    house.must("POST", f"/containers/{NAME}/restart?t=0")
    assert house.state(NAME)["Status"] == "running"


def remove(house: House) -> None:
    house.must("DELETE", f"/containers/{NAME}?force=1&v=1", None, 404)
    assert house.state(NAME) == {}


def rename(house: House) -> None:
    house.must("POST", f"/containers/{NAME}/rename?name=other", None, 404)
    assert house.state("other")["Status"] == "created"
    house.must("POST", f"/containers/other/rename?name={NAME}")


def update(house: House) -> None:
    """What was not recorded was not promised, whatever the kernel has."""
    house.must("POST", f"/containers/{NAME}/update", {"PidsLimit": 50, "RestartPolicy": {"Name": "no"}}, 409)
    if house.state(NAME)["Status"] == "running":
        assert house.must("GET", f"/containers/{NAME}/json")["HostConfig"]["PidsLimit"] == 50


def with_mounted_volume(house: House) -> None:
    options = {"type": "tmpfs", "device": "tmpfs"}
    house.must("POST", "/volumes/create", {"Name": "victim", "DriverOpts": options})
    house.must("POST", f"/containers/create?name={NAME}", body(Binds=["victim:/v"]))


def run_and_remove(house: House) -> None:
    asked = {**body(AutoRemove=True), "Cmd": ["true"]}
    until(lambda: house.state(NAME) == {}, 5)
    house.must("POST", f"/containers/create?name={NAME}", asked)
    house.must("POST", f"/containers/{NAME}/start")
    assert until(lambda: house.state(NAME) == {}), "--rm did not remove it"


def load(house: House) -> None:
    answer = house.must("POST", "/images/load", small_image("victim:load"))
    assert "errorDetail" not in str(answer), answer
    house.must("GET", "/images/victim:load/json")


def import_(house: House) -> None:
    tar = boxes.layer({"imported": "text"})
    answer = house.must("POST", "/images/create?fromSrc=-&repo=victim&tag=import", tar)
    assert "errorDetail" not in str(answer), answer
    house.must("GET", "/images/victim:import/json")


def committed(house: House) -> None:
    """Whatever happens, the container runs on."""
    answer = house.must("POST", f"/commit?container={NAME}&repo=victim&tag=commit", {"Cmd": ["x"]})
    assert house.must("GET", "/images/victim:commit/json")["Id"] == answer["Id"]
    assert house.state(NAME)["Status"] == "running"


PULLED = "127.0.0.1:5081/victim:pull"


def published(house: House) -> None:
    """An image that the registry alone has."""
    load(house)
    house.must("POST", "/images/victim:load/tag?repo=127.0.0.1:5081/victim&tag=pull")
    push(house)
    for name in ("victim:load", PULLED):
        house.must("DELETE", f"/images/{name}")


def push(house: House) -> None:
    answer = house.must("POST", "/images/127.0.0.1:5081/victim/push?tag=pull")
    assert "errorDetail" not in str(answer) and "aux" in str(answer), answer


def pull(house: House) -> None:
    answer = house.must("POST", "/images/create?fromImage=127.0.0.1:5081/victim&tag=pull")
    assert "errorDetail" not in str(answer), answer
    house.must("GET", f"/images/{PULLED}/json")


def tag(house: House) -> None:
    house.must("POST", "/images/victim:load/tag?repo=victim&tag=more")
    house.must("GET", "/images/victim:more/json")


def remove_image(house: House) -> None:
    house.must("DELETE", "/images/victim:load", None, 404)
    assert house.api("GET", "/images/victim:load/json")[0] == 404


def prune_images(house: House) -> None:
    house.must("POST", '/images/prune?filters={"dangling":["false"],"label":["kind=victim"]}')
    assert house.api("GET", "/images/victim:load/json")[0] == 404


def replaced(house: House) -> None:
    """An image that has lost its name to another."""
    load(house)
    import_(house)
    house.must("POST", "/images/victim:import/tag?repo=victim&tag=load")
    assert dangling(house)


def dangling(house: House) -> list[object]:
    return list(house.must("GET", '/images/json?filters={"dangling":["true"]}'))


def collect_garbage(house: House) -> None:
    house.must("POST", "/hutch/gc")
    assert not dangling(house)
    house.must("GET", "/images/victim:load/json")


def damage(house: House) -> None:
    """The image ``victim:load`` with a layer whose files are not what they were."""
    load(house)
    folder = house.must("GET", "/images/victim:load/json")["GraphDriver"]["Data"]["UpperDir"]
    house.sh(f"echo damage > {folder}/damage")


def repair(house: House) -> None:
    answer = house.must("POST", "/hutch/fsck?repair=1")
    assert b'"left"' not in answer and b'"Found"' in answer, answer


def create_volume(house: House) -> None:
    house.must("POST", "/volumes/create", {"Name": "victim"})
    house.must("GET", "/volumes/victim")


def remove_volume(house: House) -> None:
    house.must("DELETE", "/volumes/victim", None, 404)
    assert house.api("GET", "/volumes/victim")[0] == 404


def nothing(_house: House) -> None:
    pass


class Verb(NamedTuple):
    """``before`` prepares, ``act`` is interrupted and done again; ``points`` are beginnings of failpoints' names."""

    before: Callable[[House], None]
    act: Callable[[House], None]
    points: tuple[str, ...]


_JOIN = ("network.drawn", "network.recorded", "network.veth", "network.linked", "network.proxied", "network.published")
_LEAVE = ("network.leaving", "network.withdrawn", "network.left")
_TAKEN_APART = ("images.remove.layer", "images.remove.blob", "storage.remove")
_LAYER = ("images.layer.", "images.image.", "images.tag.", "storage.commit.", "storage.prepare")

VERBS = {
    "create": Verb(nothing, create, ("create.", "storage.prepare", "volumes.use.")),
    "start": Verb(create, start, ("start.", *_JOIN)),
    "exec": Verb(created_and_started, execute, ("exec.",)),
    "stop": Verb(created_and_started, stop, ("stop.", "exit.", *_LEAVE)),
    "kill": Verb(created_and_started, kill, ("exit.", *_LEAVE)),
    "restart": Verb(created_and_started, restart, ("stop.", "exit.", "start.", "network.left", "network.linked")),
    "rm": Verb(create, remove, ("remove.", "volumes.release.", "volumes.remove.marked", "storage.remove")),
    "rm -f": Verb(created_and_started, remove, ("exit.", "remove.", "network.left")),
    "update": Verb(created_and_started, update, ("update.",)),
    "start with a mount": Verb(with_mounted_volume, start, ("volumes.mount",)),
    "rename": Verb(create, rename, ("rename.",)),
    "run --rm": Verb(nothing, run_and_remove, ("create.", "start.", "exit.", "remove.", *_JOIN, *_LEAVE)),
    "load": Verb(nothing, load, ("images.load.", *_LAYER)),
    "import": Verb(nothing, import_, ("images.import.", *_LAYER)),
    "commit": Verb(created_and_started, committed, ("commit.", "images.commit.", *_LAYER)),
    "tag": Verb(load, tag, ("images.tag.",)),
    "rmi": Verb(load, remove_image, ("images.remove.", "images.collect.", "storage.remove")),
    "image prune": Verb(load, prune_images, ("images.remove.", "images.collect.", "storage.remove")),
    "gc": Verb(replaced, collect_garbage, ("images.remove.record", "images.collect.", *_TAKEN_APART)),
    "fsck --repair": Verb(damage, repair, ("images.restore.",)),
    "volume create": Verb(nothing, create_volume, ("volumes.create.",)),
    "volume rm": Verb(create_volume, remove_volume, ("volumes.remove.",)),
}

if program() is not None:
    VERBS["pull"] = Verb(published, pull, _LAYER)


def tidy(house: House) -> None:
    """Remove whatever the verbs made."""
    house.remove(NAME, "other")
    for name in ("victim:load", "victim:import", "victim:commit", "victim:more", PULLED):
        house.must("DELETE", f"/images/{name}", None, 404)
    house.must("POST", "/images/prune")
    house.must("DELETE", "/volumes/victim?force=1", None, 404)
