"""A file system to be mounted: the one value that storage, volumes and the runtime share.

Storage and volumes produce mounts, ``spec`` writes them into the OCI config, ``runtime`` performs them; none of
them knows the others. Plain class without ``dataclasses``: the launcher's memory is counted in kilobytes.
"""

from __future__ import annotations


class Mount:
    """One mount, in the terms of the OCI runtime config (runtime-spec, ``mounts``).

    ``target`` is a path in the container ("/" for the root file system itself), ``kind`` a file system type or
    "bind", ``options`` mount options as mount(8) spells them.
    """

    __slots__ = ("kind", "options", "source", "target")

    def __init__(self, kind: str, source: str, target: str = "/", options: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.source = source
        self.target = target
        self.options = options

    def to_oci(self) -> dict[str, object]:
        """The mount as an element of an OCI config's ``mounts``."""
        return {"destination": self.target, "type": self.kind, "source": self.source, "options": list(self.options)}

    @classmethod
    def from_oci(cls, value: dict[str, object]) -> Mount:
        """The mount that an element of an OCI config's ``mounts`` describes."""
        options = value.get("options") or ()
        assert isinstance(options, (list, tuple))
        return cls(
            str(value.get("type") or "bind"),
            str(value.get("source") or ""),
            str(value["destination"]),
            tuple(str(o) for o in options),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mount) and all(getattr(self, s) == getattr(other, s) for s in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.kind, self.source, self.target, self.options))

    def __repr__(self) -> str:
        return f"Mount({self.kind!r}, {self.source!r}, {self.target!r}, {self.options!r})"
