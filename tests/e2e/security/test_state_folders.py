"""What other users of the machine, and containers, can reach of the engine's own (CVE-2021-41091, CVE-2020-15257)."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

from support.client import Client
from support.engine import Daemon

WALK = """
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
for root in sys.argv[1:]:
    for where, folders, files in os.walk(root):
        if where != root:
            print("entered", where)
        for name in files + folders:
            print("saw", os.path.join(where, name))
    try:
        os.listdir(root)
    except PermissionError:
        print("denied", root)
"""


def test_another_user_enters_no_folder_of_state(own: Daemon) -> None:
    own.start()
    own.load_box()
    docker = Client(own, "docker")
    docker.running("-v", "data:/data")
    roots = (f"{own.base}/data", f"{own.base}/exec")
    own.base.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", WALK, *roots], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [f"denied {root}" for root in roots]
    for root in roots:
        assert stat.S_IMODE(os.stat(root).st_mode) in (0o700, 0o710, 0o711), root
        for entry in Path(root).iterdir():
            if entry.is_dir():
                assert stat.S_IMODE(entry.stat().st_mode) in (0o700, 0o701, 0o710, 0o711), entry
            elif entry.is_file():
                assert not entry.stat().st_mode & 0o022, entry
    docker.close()


def test_no_socket_of_ours_is_abstract_cve_2020_15257(engine: Daemon, docker: Client) -> None:
    """An abstract socket would be in reach of every container that shares the host's network."""
    name = docker.running("--network", "host")
    listed = docker("exec", name, "cat", "/proc/net/unix").ok().splitlines()[1:]
    abstract = {line.split()[6] for line in listed if len(line.split()) > 7 and line.split()[7].startswith("@")}
    ours = set()
    for pid in engine.space.processes():
        for link in Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(link)
            if target.startswith("socket:["):
                ours.add(target[8:-1])
    assert ours
    assert not ours & abstract


def test_labels_of_an_image_are_labels_and_nothing_else_cve_2026_53488(engine: Daemon, docker: Client) -> None:
    """Whatever name an image's label has, the container runs as it would without."""
    from support import boxes

    names = ("com.docker.compose.project", "io.hutch.runtime", "hutch.cgroup", "io.containerd.runtime", "runtime",
             "org.systemd.property.ExecStart", "run.oci.hooks.stdout", "io.kubernetes.untrusted")  # fmt: skip
    marker = engine.base / "marker"
    labels = dict.fromkeys(names, f"touch {marker}")
    engine.load(boxes.archive("e2e-labels:latest", [boxes.busybox_layer()], {"Labels": labels}))
    name = docker.name()
    docker("run", "--name", name, "--network", "none", "e2e-labels:latest", "true").ok()
    assert docker.inspect(name)["Config"]["Labels"] == labels
    assert not docker.inspect(name)["HostConfig"].get("Annotations")
    assert not marker.exists()
    docker("rm", name).ok()
    docker("rmi", "-f", "e2e-labels:latest").ok()
