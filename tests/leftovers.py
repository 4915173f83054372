"""What a test run left behind: mounts, network namespaces, cgroups, links and processes that were not there before.

leftovers.py --save FILE      remember what is there
leftovers.py --compare FILE   exit 1 and name everything that came and stayed
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path


def mounts() -> set[str]:
    """Mount points of this mount namespace."""
    return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def cgroups() -> set[str]:
    """Folders below every cgroup mount, as paths."""
    found = set()
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        head, _, tail = line.partition(" - ")
        if tail.split()[0] in ("cgroup", "cgroup2"):
            point = head.split()[4]
            found |= {where for where, _, _ in os.walk(point)}
    return found


def processes() -> dict[str, str]:
    """Command lines of processes that are ours by their command line (a daemon, a launcher, a keeper, a proxy)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if "hutch" in line and "leftovers.py" not in line and "pytest" not in line and "scripts/test" not in line:
            found[entry.name] = line
    return found


def namespaces() -> set[str]:
    """Every namespace that some process is in."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            for kind in ("net", "mnt", "pid"):
                try:
                    found.add(os.readlink(entry / "ns" / kind))
                except OSError:
                    continue
    return found


def links() -> set[str]:
    """Names of the network links of this network namespace."""
    return set(os.listdir("/sys/class/net"))


def snapshot() -> dict[str, list[str]]:
    """Everything that is looked at, by kind."""
    return {
        "mount": sorted(mounts()),
        "cgroup": sorted(cgroups()),
        "link": sorted(links()),
        "process": sorted(f"{pid} {line}" for pid, line in processes().items()),
        "namespace": sorted(namespaces()),
    }


def compare(before: dict[str, list[str]]) -> list[str]:
    """What is there now and was not in ``before``; waits up to 10 s for what is on its way out."""
    new: list[str] = []
    for _ in range(40):
        now = snapshot()
        new = [f"{kind} {thing}" for kind in now for thing in sorted(set(now[kind]) - set(before[kind]))]
        if not new:
            break
        time.sleep(0.25)
    return new


def main() -> int:
    """Run the command line above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save")
    parser.add_argument("--compare")
    args = parser.parse_args()
    if args.save:
        Path(args.save).write_text(json.dumps(snapshot()))
        return 0
    new = compare(json.loads(Path(args.compare).read_text()))
    for line in new:
        print("left behind:", line)
    print(f"{0 if new else 1} passed, {1 if new else 0} failed")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main())
