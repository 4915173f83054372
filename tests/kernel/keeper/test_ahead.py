"""A container whose trees were made while its sandbox was parked is like one that was made cold."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from hutch.runtime import standard

pytestmark = pytest.mark.kernel

LOOK = """
cat /proc/self/mountinfo; echo --
ls -lR /dev | sed 's/[A-Z][a-z][a-z] .[0-9] [0-9:]*//'; echo --
for path in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel /sys/fs/cgroup /dev /dev/null /dev/shm
do [ -w $path ] && echo $path; done; echo --
cat /proc/keys /proc/timer_list /proc/interrupts; ls /proc/acpi /proc/scsi /sys/firmware; cat /proc/self/status
"""
NODE = {"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}
WAYS: dict[str, dict[str, Any]] = {
    "ordinary": {},
    "a device": {"devices": [NODE]},
    "nothing masked": {"maskedPaths": [], "readonlyPaths": []},
    "all read-only": {"readonlyPaths": ["/proc", "/sys", "/dev"]},
    "more masked": {"maskedPaths": [*standard.MASKED, "/proc/uptime", "/sys/kernel", "/dev/zero"]},
    "a bind in /dev": {},
    "a bind in /sys": {},
    "a small /dev/shm": {},
}


def seen(house: Any, folder: Path, identity: str, way: str) -> list[str]:
    """What a container sees, in parts: mounts without their ids in order of place, and the rest as it is."""
    config = house.config(identity, ["sh", "-c", LOOK], False)
    config["mounts"] = [each.to_oci() for each in standard.MOUNTS]
    config["linux"].update(maskedPaths=list(standard.MASKED), readonlyPaths=list(standard.READ_ONLY))
    config["linux"].update(WAYS[way])
    config["process"]["capabilities"] = {kind: ["CAP_SYS_ADMIN"] for kind in ("bounding", "effective", "permitted")}
    bind = {"type": "bind", "source": str(folder), "options": ["rbind", "rprivate"]}
    if way.startswith("a bind"):
        config["mounts"].append({**bind, "destination": {"/dev": "/dev/own", "/sys": "/sys/firmware"}[way[-4:]]})
    if way == "a small /dev/shm":
        config["mounts"][-1]["options"][-1] = "size=65536"
    house.config = lambda *_: config
    keeper = house.run(identity=identity)
    assert keeper.event("exit", "failed").get("code") is not None
    log = [json.loads(line)["log"] for line in (keeper.bundle / "log").read_text().splitlines()]
    mounts, *rest = "".join(log).replace(identity, "ID").split("--\n")
    return ["\n".join(sorted(_without_ids(line) for line in mounts.splitlines())), *rest]


def _without_ids(line: str) -> str:
    left, _, right = line.partition(" - ")
    _, _, _, root, place, options, *fields = left.split()
    return " ".join((place, root, options, *(field for field in fields if field == "shared"), right))


@pytest.mark.parametrize("way", WAYS)
def test_parked_and_cold_are_alike(house: Any, tmp_path: Path, way: str) -> None:
    (tmp_path / "bound").mkdir()
    before = house.config
    parked = seen(house, tmp_path / "bound", house.park(1)[0], way)
    house.config = before
    cold = seen(house, tmp_path / "bound", os.urandom(32).hex(), way)
    for one, other in zip(parked[:-1], cold[:-1], strict=True):
        assert one == other
    same = [line for line in cold[-1].splitlines() if line.startswith(("Cap", "NoNewPrivs", "Seccomp"))]
    assert same and set(same) <= set(parked[-1].splitlines())
