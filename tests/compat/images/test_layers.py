"""The same change is the same layer: the diff ids of ``commit`` here and in dockerd.

A container of dockerd makes the change; its upper folder, copied with all times and marks, is then that of a container
here. dockerd must use overlay2 on this machine.
"""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from support import boxes
from support.client import Client

BASE = "hutch-compat-layers:base"
MADE = "hutch-compat-layers:made"
LONG = "n" * 90
CHANGES = {
    "files": "echo x > /new; mkdir -p /d/e; echo y > /d/e/f; chmod 4755 /new; chmod 1777 /d",
    "order": "mkdir /d /d-c /dd; echo 1 > /d.b; echo 2 > /d/z; echo 3 > /d-c/x; echo 4 > '/d e'",
    "removed": "rm /bin/ls /bin/cat /etc/group",
    "one removed": "rm /bin/ls",
    "folder removed": "rm -r /var /home",
    "folder replaced": "rm -r /var; mkdir -m 1777 /var; echo x > /var/new",
    "links": "echo x > /a; ln /a /b; mkdir /c; ln /a /c/d; ln -s /a /l; ln -s nowhere /m; ln /bin/busybox /bb",
    "nodes": "mkfifo /p; mknod /c c 5 300; mknod /b b 7 1",
    "owners": "touch /a /b; chown 70000:80000 /a; chown 3000000:5 /b",
    "long names": f"mkdir -p /{LONG}/{LONG}; echo x > /{LONG}/{LONG}/f; ln -s {LONG}{LONG} /l; mkdir /{'q' * 99}",
    "other letters": "echo x > /ü; mkdir '/ö ä'; echo y > '/ö ä/ß'; ln -s ü /l",
    "times": "touch -d @1600000000 /a; touch -d @0 /b; mkdir /d; touch -d @1500000000 /d",
    "sparse": "dd if=/dev/zero of=/s bs=1 count=1 seek=5000000",
    "sockets": "nc -l -s 127.0.0.1 -p 1 & nc -lU /sock & sleep 0.3; echo x > /a",
    "only modes": "chmod 700 /etc/passwd /root",
    "moved": "mv /etc/passwd /passwd; mv /home /house || cp -r /home /house",
    "nothing": "true",
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_diff_ids(hutch: Client, dockerd: Client, change: str) -> None:
    archive = boxes.archive(BASE, [boxes.busybox_layer()])
    for client in (dockerd, hutch):
        client("load", text=archive).ok()
    theirs, ours = dockerd.name(), hutch.name()
    dockerd("run", "--name", theirs, "--network", "none", BASE, "sh", "-c", CHANGES[change])
    hutch("create", "--name", ours, "--network", "none", BASE, "true").ok()
    upper = [client("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", name).ok()
             for client, name in ((dockerd, theirs), (hutch, ours))]  # fmt: skip
    if not os.path.isdir(upper[0]):
        pytest.skip("dockerd's files are not on this machine")
    subprocess.run(["/bin/cp", "-a", f"{upper[0]}/.", upper[1]], check=True, timeout=60)
    found = []
    for client, name in ((dockerd, theirs), (hutch, ours)):
        client("commit", name, MADE).ok()
        found.append(json.loads(client("image", "inspect", "-f", "{{json .RootFS.Layers}}", MADE).ok()))
    assert found[1] == found[0]
    assert len(found[0]) == (1 if change == "nothing" else 2)
    changes = [set(client("diff", name).ok().splitlines()) for client, name in ((dockerd, theirs), (hutch, ours))]
    assert changes[1] == changes[0]
