"""Where the cgroup hierarchies of this machine are: v1, v2 or both (cgroups(7), "hybrid" is systemd's word)."""

from __future__ import annotations

from hutch.runtime.cgroups.write import read

_V1_NAMES = frozenset(
    (
        "cpu",
        "cpuacct",
        "cpuset",
        "memory",
        "pids",
        "blkio",
        "devices",
        "freezer",
        "hugetlb",
        "net_cls",
        "net_prio",
        "perf_event",
        "rdma",
        "misc",
    )
)


class Hierarchy:
    """One mounted hierarchy.

    ``mount`` is its mount point, ``own`` the cgroup of this process relative to the mount point ("" = the mount
    point itself), ``names`` the controllers bound to it (for a named v1 hierarchy ``name=systemd``).
    """

    __slots__ = ("mount", "names", "own", "version")

    def __init__(self, version: int, mount: str, own: str, names: tuple[str, ...]) -> None:
        self.version = version
        self.mount = mount
        self.own = own
        self.names = names

    def __repr__(self) -> str:
        return f"Hierarchy(v{self.version}, {self.mount!r}, own={self.own!r}, {','.join(self.names)})"


class Layout:
    """All hierarchies of this machine: the v1 ones, and the unified one if it is mounted."""

    __slots__ = ("v1", "v2")

    def __init__(self, v1: list[Hierarchy], v2: Hierarchy | None) -> None:
        self.v1 = v1
        self.v2 = v2

    @property
    def kind(self) -> str:
        """ "v1", "v2", "hybrid" (both) or "none"."""
        if self.v1:
            return "hybrid" if self.v2 else "v1"
        return "v2" if self.v2 else "none"

    def version_of(self, controller: str) -> int:
        """1 or 2: the version whose hierarchy carries ``controller``; 0 when none does.

        Freezing and device rules are no controllers in v2 but a property of every cgroup.
        """
        if any(controller in h.names for h in self.v1):
            return 1
        if self.v2 is None:
            return 0
        if controller in self.v2.names:
            return 2
        return 2 if controller in ("freezer", "devices", "cpuacct") and not self.v1 else 0

    def __repr__(self) -> str:
        return f"Layout({self.kind})"


def parse(mountinfo: str, own: str, v2_controllers: str = "") -> Layout:
    """The layout that the texts of /proc/self/mountinfo and /proc/self/cgroup describe (proc(5), cgroups(7)).

    ``v2_controllers`` is the text of ``cgroup.controllers`` at the mount point of the unified hierarchy.
    """
    owners = _own_paths(own)
    v1: list[Hierarchy] = []
    v2: Hierarchy | None = None
    seen: set[tuple[str, ...]] = set()
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, kind = left.split(" "), right.split(" ")
        if len(fields) < 6 or len(kind) < 3 or kind[0] not in ("cgroup", "cgroup2"):
            continue
        root, mount = _unescape(fields[3]), _unescape(fields[4])
        if kind[0] == "cgroup2":
            if v2 is None:
                v2 = Hierarchy(2, mount, _below(owners.get("", "/"), root), tuple(v2_controllers.split()))
            continue
        names = tuple(o for o in kind[2].split(",") if o in _V1_NAMES or o.startswith("name="))
        if names and names not in seen:
            seen.add(names)
            v1.append(Hierarchy(1, mount, _below(owners.get(names[0], "/"), root), names))
    return Layout(v1, v2)


def detect() -> Layout:
    """The layout of this machine as this process sees it."""
    mountinfo = read("/proc/self/mountinfo")
    layout = parse(mountinfo, read("/proc/self/cgroup"))
    if layout.v2 is not None:
        layout.v2.names = tuple(read(layout.v2.mount + "/cgroup.controllers").split())
    return layout


def _own_paths(text: str) -> dict[str, str]:
    owners: dict[str, str] = {}
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        for name in names.split(","):
            owners[name] = path
    return owners


def _below(own: str, root: str) -> str:
    """The own cgroup relative to a mount whose root is ``root``; "" when it is not below it."""
    if root != "/":
        if own != root and not own.startswith(root + "/"):
            return ""
        own = own[len(root) :]
    return "" if own == "/" else own


def _unescape(field: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, char)
    return field
