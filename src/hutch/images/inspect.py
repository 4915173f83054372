"""``docker image inspect`` (Engine API, ImageInspect)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hutch.images import clock, resolve
from hutch.images.store import Store
from hutch.model import reference
from hutch.model.platform import Platform

Json = dict[str, Any]

_CONFIG: Json = {
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": False, "AttachStdout": False, "AttachStderr": False,
    "Tty": False, "OpenStdin": False, "StdinOnce": False, "Env": None, "Cmd": None, "Image": "", "Volumes": None,
    "WorkingDir": "", "Entrypoint": None, "OnBuild": None, "Labels": None,
}  # fmt: skip


def inspect(store: Store, ref: str, wanted: Sequence[Platform] = ()) -> Json:
    """Everything about an image. Raises NotFound, also if it is for none of ``wanted`` (none: any)."""
    record = resolve.for_platform(store, ref, wanted)
    config = record.config
    stack = store.layers(record.top)
    result: Json = {
        "Id": record.id,
        "RepoTags": resolve.names(store, record.id),
        "RepoDigests": [
            f"{reference.parse(repo).familiar_name}@{content}" for repo, content, _ in store.digests(record.id)
        ],
        "Parent": record.parent,
        "Comment": comment(config),
        "Created": config.get("created") or "",
        "DockerVersion": config.get("docker_version") or "",
        "Author": config.get("author") or "",
        "Config": full_config(config.get("config")),
        "Architecture": config.get("architecture") or "",
        "Os": config.get("os") or "",
        "Size": sum(layer.size for layer in stack),
        "GraphDriver": graph_driver(store, [layer.chain for layer in stack]),
        "RootFS": {"Type": "layers", "Layers": [layer.diff_id for layer in stack]},
        "Metadata": {"LastTagTime": clock.stamp(record.tagged_at) if record.tagged_at else "0001-01-01T00:00:00Z"},
    }
    for key, name in (("variant", "Variant"), ("os.version", "OsVersion")):
        if config.get(key):
            result[name] = config[key]
    return result


def comment(config: Json) -> str:
    """The message of the commit or import; builders write it into the last step of the history instead."""
    history = config.get("history") or [{}]
    return str(config.get("comment") or history[-1].get("comment") or "")


def full_config(settings: object) -> Json:
    """The config with every field that Docker always shows."""
    return {**_CONFIG, **(settings if isinstance(settings, dict) else {})}


def graph_driver(store: Store, chains: list[str]) -> Json:
    """Where the layers lie, as the storage driver's name and its folders."""
    driver = store.driver
    if driver.name != "overlay2" or not chains:
        return {"Name": driver.name, "Data": None}
    folders = [driver.layer_dir(chain) for chain in reversed(chains) if driver.exists(chain)]
    data = {"UpperDir": folders[0]} if folders else {}
    if folders[1:]:
        data["LowerDir"] = ":".join(folders[1:])
    return {"Name": driver.name, "Data": data}
