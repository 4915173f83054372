"""What ``cp``, ``export``, ``diff`` and ``commit`` tell of a container's files, which is the same on every driver."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

from support import boxes
from support.client import Client
from support.engine import Daemon
from support.space import until

WHEN = 1_600_000_000
MADE = f"""set -e
mkdir -p /d/e '/d/two words' /d/deep/deeper; echo one > /d/f; ln /d/f /d/hard; ln -s f /d/link; mkfifo /d/pipe
mknod /d/null c 1 3; dd if=/dev/zero of=/d/sparse bs=1 count=1 seek=3000000 2>/dev/null; : > /d/empty
chmod 4755 /d/f; chown 1000:1000 /d/e; chmod 1777 /d/e; echo more >> /etc/passwd; chmod 600 /etc/group
mkdir /gone; echo x > /gone/x; rm -r /gone
find /d | while read each; do touch -h -d @{WHEN} "$each"; done
touch -d @{WHEN} /etc/passwd /etc/group /etc /
echo up; read x
"""
REMOVED = f"""set -e
rm /bin/vi; rm -r /home
touch -d @{WHEN} /bin /
"""


def told(client: Client, own: Daemon, patience: float = 20) -> dict[str, Any]:
    """All that the four say of a container that was changed, by the moment: running, at rest, and with files copied in.

    ``patience`` is in seconds.
    """
    slow = patience * 3
    name = client.running("-i", command=("sh", "-c", MADE))
    assert until(lambda: "up" in client("logs", name, timeout=slow).out, patience), client("logs", name)
    found = {"running": _look(client, name, slow)}
    client("exec", name, "sh", "-c", REMOVED, timeout=slow).ok()
    client("kill", name, timeout=slow).ok()
    found["at rest"] = _look(client, name, slow)
    tree = _tree(own.base / "tree")
    client("cp", str(tree), f"{name}:/in", timeout=slow).ok()
    copies = {"in at rest": _packed(client, name, "/in", slow)}
    client("start", name, timeout=slow).ok()
    client("cp", str(tree), f"{name}:/d", timeout=slow).ok()
    client("cp", f"{tree}/file", f"{name}:/d/f", timeout=slow).ok()
    client("cp", f"{name}:/d/tree", str(own.base / "out"), timeout=slow).ok()
    copies["in running"] = _packed(client, name, "/d/tree", slow)
    copies["out"] = str([(own.base / "out" / each).read_text() for each in ("file", "folder/below", "link")])
    found["copies"] = {**copies, "diff": sorted(client("diff", name, timeout=slow).ok().split("\n"))}
    client("rm", "-f", name, timeout=slow).ok()
    for each in (tree, own.base / "out"):
        own.sh(f"rm -r {each}")
    return found


def _look(client: Client, name: str, slow: float) -> dict[str, Any]:
    client("commit", name, "told:1", timeout=slow).ok()
    layers = json.loads(client("image", "inspect", "-f", "{{json .RootFS.Layers}}", "told:1", timeout=slow).ok())
    with tarfile.open(fileobj=io.BytesIO(client("save", "told:1", timeout=slow).raw)) as saved:
        last = json.load(saved.extractfile("manifest.json"))[0]["Layers"][-1]  # type: ignore[arg-type]
        layer = _entries(saved.extractfile(last).read())  # type: ignore[union-attr]
    client("rmi", "told:1", timeout=slow).ok()
    removals = any(".wh." in str(row[0]) for row in layer)  # overlayfs knows when something was removed
    return {
        "cp": _packed(client, name, "/d", slow),
        "cp of one": _packed(client, name, "/etc/passwd", slow),
        "diff": sorted(client("diff", name, timeout=slow).ok().split("\n")),
        "diff ids": layers[:-1] if removals else layers,
        "layer": layer,
        "export": _entries(client("export", name, timeout=slow).raw),
    }


def _packed(client: Client, name: str, path: str, slow: float) -> str:
    done = client("cp", f"{name}:{path}", "-", timeout=slow)
    assert done.code == 0 and done.raw, done
    return hashlib.sha256(done.raw).hexdigest()


def _entries(data: bytes) -> list[tuple[object, ...]]:
    """What an archive says, without what marks of removals have of overlayfs's inodes (times, and that they are one).

    Nor are there the times of what the start of the container has made.
    """
    rows: list[tuple[object, ...]] = []
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for entry in archive:
            link = "" if "/.wh." in f"/{entry.name}" else entry.linkname
            time = entry.mtime if entry.mtime in (WHEN, boxes.TIME) else None
            content = hashlib.sha256(archive.extractfile(entry).read()).hexdigest() if entry.isreg() else ""  # type: ignore[union-attr]
            rows.append((entry.name, entry.type, entry.mode, entry.uid, entry.gid, link, time, content))
    return rows


def _tree(top: Path) -> Path:
    """Files of this machine to copy."""
    (top / "folder").mkdir(parents=True)
    (top / "file").write_text("file")
    (top / "folder/below").write_text("below")
    (top / "file").chmod(0o640)
    (top / "link").symlink_to("folder/below")
    for each in (top / "link", top / "folder/below", top / "folder", top / "file", top):
        os.utime(each, (WHEN, WHEN), follow_symlinks=False)
    return top


def same_as_on_overlay2(own: Daemon, *flags: str, patience: float = 20, overlay2: str = "overlay2") -> None:
    """The daemon with ``flags``, which name a driver, tells what it tells with overlay2 over the same data root.

    Where that does not work ``overlay2`` names another driver of which this was shown before.
    """
    answers = []
    for each in (("-s", overlay2), flags):
        own.flags = each
        own.start()
        own.load_box()
        client = Client(own, "docker")
        answers.append(told(client, own, patience))
        client.close()
        own.api("POST", "/containers/prune", timeout=patience * 3)
        assert own.terminate() == 0
    expected, found = answers
    assert len(expected["running"]["diff ids"]) == 2 and "D /bin/vi" in expected["at rest"]["diff"]
    differing = {
        f"{moment}: {verb}": (_only(said[verb], found[moment][verb]), _only(found[moment][verb], said[verb]))
        for moment, said in expected.items()
        for verb in said
        if found[moment][verb] != said[verb]
    }
    assert not differing, f"(on {overlay2}, here): {differing}"


def _only(one: Any, other: Any) -> Any:
    """What is in one list and not in the other; something else as it is."""
    return [row for row in one if row not in other] or "another order" if isinstance(one, list) else one
