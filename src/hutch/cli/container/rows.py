"""The lines of ``ps``: what each field of a container shows."""

from __future__ import annotations

from hutch.cli.moments import ago, local_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.listing import Fields

RAW = (
    "container_id=ID image=Image command=Command created_at=CreatedAt state=State"
    " status=Status names=Names labels=Labels ports=Ports"
)
TABLE = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}"
HEADERS = {
    "ID": "CONTAINER ID",
    "Image": "IMAGE",
    "Command": "COMMAND",
    "CreatedAt": "CREATED AT",
    "RunningFor": "CREATED",
    "Status": "STATUS",
    "State": "STATE",
    "Ports": "PORTS",
    "Names": "NAMES",
    "Size": "SIZE",
    "Labels": "LABELS",
    "Mounts": "MOUNTS",
    "LocalVolumes": "LOCAL VOLUMES",
    "Networks": "NETWORKS",
    "Platform": "PLATFORM",
}


def shorten(text: str, width: int) -> str:
    """``text`` cut to ``width`` characters, the last of them ``…`` if something is missing."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _quoted(text: str) -> str:
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    from hutch.model.template.printing import quote

    return quote(text)


def _image(data: Any, truncate: bool) -> str:
    image: str = data["Image"]
    if not image:
        return "<no image>"
    if truncate and image.startswith("sha256:"):
        return image[7:19]
    return image.partition("@")[0] if truncate and "@" in image else image


def _names(data: Any, truncate: bool) -> str:
    names = [name.removeprefix("/") for name in data["Names"] or []]
    return ",".join([name for name in names if "/" not in name] if truncate else names)


def _port(address: str, outside: int, last_outside: int, inside: int, last_inside: int, protocol: str) -> str:
    inner = f"{inside}-{last_inside}" if inside != last_inside else str(inside)
    if not outside:
        return f"{inner}/{protocol}"
    outer = f"{outside}-{last_outside}" if outside != last_outside else str(outside)
    shown = f"[{address}]" if ":" in address else address
    return f"{shown}:{outer}->{inner}/{protocol}"


def ports_text(ports: list[Any]) -> str:
    """Ports as one text; neighbours that run in step are joined to ranges."""
    ordered = sorted(ports, key=lambda p: (p["PrivatePort"], p.get("IP", ""), p.get("PublicPort", 0), p["Type"]))
    groups: dict[tuple[str, str], list[list[int]]] = {}
    mapped: list[str] = []
    for port in ordered:
        address, protocol = port.get("IP", ""), port["Type"]
        inside, outside = port["PrivatePort"], port.get("PublicPort", 0)
        if outside and outside != inside:
            mapped.append(_port(address, outside, outside, inside, inside, protocol))
            continue
        group = groups.setdefault((address if outside else "", protocol), [])
        if group and group[-1][1] == inside - 1:
            group[-1][1] = inside
        else:
            group.append([inside, inside])
    ranges = []
    for (address, protocol), spans in groups.items():
        for first, last in spans:
            ranges.append((first, _port(address, first if address else 0, last, first, last, protocol)))
    return ", ".join([text for _, text in ranges] + mapped)


def _mounts(data: Any, truncate: bool) -> str:
    names = [mount.get("Name") or mount.get("Source") or "" for mount in data.get("Mounts") or []]
    return ",".join(shorten(name, 15) if truncate else name for name in names)


def own_size(data: Any) -> str:
    """What the container itself takes, without its image."""
    from hutch.model.size import human_size

    return human_size(float(data.get("SizeRw") or 0), 3)


def _size(data: Any) -> str:
    from hutch.model.size import human_size

    text = own_size(data)
    root = data.get("SizeRootFs") or 0
    return f"{text} (virtual {human_size(float(root), 3)})" if root else text


def _platform(data: Any) -> Any:
    platform = (data.get("ImageManifestDescriptor") or {}).get("platform")
    return platform or None


def fields(*, truncate: bool) -> Fields:
    """The fields of a container by name."""

    def command(data: Any) -> str:
        text: str = data["Command"]
        return _quoted(shorten(text, 20) if truncate else text)

    return {
        "ID": lambda data: data["Id"][:12] if truncate else data["Id"],
        "Image": lambda data: _image(data, truncate),
        "Command": command,
        "CreatedAt": lambda data: local_text(data["Created"]),
        "RunningFor": lambda data: ago(data["Created"]),
        "Status": lambda data: data["Status"],
        "State": lambda data: data["State"],
        "Ports": lambda data: ports_text(data["Ports"] or []),
        "Names": lambda data: _names(data, truncate),
        "Size": _size,
        "Labels": lambda data: ",".join(f"{k}={v}" for k, v in (data["Labels"] or {}).items()),
        "Mounts": lambda data: _mounts(data, truncate),
        "LocalVolumes": lambda data: str(sum(m.get("Driver") == "local" for m in data.get("Mounts") or [])),
        "Networks": lambda data: ",".join(sorted((data.get("NetworkSettings") or {}).get("Networks") or {})),
        "Platform": _platform,
        "Label": lambda data: (data[0]["Labels"] or {}).get(data[1], "") if isinstance(data, tuple) else "",
    }
