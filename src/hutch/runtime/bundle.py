"""OCI bundles: a folder with ``config.json`` (runtime-spec, bundle.md)."""

from __future__ import annotations

import os

from hutch.model import json_text
from hutch.model.errors import Invalid, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MAX_CONFIG = 16 * 1024 * 1024


def load(bundle: str) -> dict[str, Any]:
    """The config of the bundle, with ``root.path`` made absolute. Raises NotFound, Invalid."""
    path = f"{bundle}/config.json"
    if not os.path.isdir(bundle):
        raise NotFound(f"chdir {bundle}: no such file or directory")
    try:
        config = read_json(path)
    except FileNotFoundError:
        raise NotFound("JSON specification file config.json not found") from None
    root = config.get("root")
    if not isinstance(root, dict) or not root.get("path"):
        raise Invalid("config.json: root.path is missing")
    root["path"] = os.path.normpath(os.path.join(bundle, str(root["path"])))
    if not isinstance(config.get("linux"), dict):
        raise Invalid("linux spec cannot be nil")
    for mount in config.get("mounts") or ():
        options = mount.get("options") or ()
        if (mount.get("type") == "bind" or {"bind", "rbind"} & set(options)) and mount.get("source"):
            mount["source"] = os.path.normpath(os.path.join(bundle, str(mount["source"])))
    return config


def read_json(path: str) -> dict[str, Any]:
    """The JSON object in a file of at most 16 MB. Raises OSError, Invalid."""
    with open(path, "rb") as file:
        data = file.read(_MAX_CONFIG + 1)
    if len(data) > _MAX_CONFIG:
        raise Invalid(f"{path} is larger than 16 MB")
    try:
        value = json_text.decode(data.decode())
    except UnicodeDecodeError as err:
        raise Invalid(f"{path}: {err}") from err
    except Invalid as err:
        raise Invalid(f"{path}: {err}") from err
    if not isinstance(value, dict):
        raise Invalid(f"{path} is not a JSON object")
    return value
