"""``fsck`` and ``gc``: what is damaged is named and mended, what is old goes at the watermark."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from support import boxes
from support.client import Client
from support.engine import IMAGE, Daemon


def hutch(own: Daemon, *flags: str) -> Client:
    """The command for a daemon with these flags, and the image that most tests run."""
    own.flags = flags
    own.start()
    own.load_box()
    return Client(own, "hutch")


def test_fsck(own: Daemon) -> None:
    cli = hutch(own)
    assert cli("fsck").ok() == "1 images and 1 layers: no damage"
    folder = Path(cli("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", IMAGE).ok())
    (folder / "bin/busybox").write_bytes(b"not busybox")
    found = cli("fsck")
    assert found.code == 4 and found.out.splitlines()[1] == "1 images and 1 layers: 1 damaged, 0 mended"
    assert "its files are not those of its tar: 'bin/busybox' (size)" in found.out and f"[{IMAGE}]" in found.out
    assert cli("fsck", "--quick").ok() == "1 images and 1 layers: no damage"
    mended = cli("fsck", "--repair")
    assert mended.code == 1 and "\nmended: layer sha256:" in mended.out
    assert cli("run", "--rm", "--network", "none", IMAGE, "echo", "well").ok() == "well"
    assert cli("system", "fsck").ok() == "1 images and 1 layers: no damage"


def test_a_layer_that_a_container_runs_over_stays_as_it_is(own: Daemon) -> None:
    cli = hutch(own)
    box = cli("run", "-d", "--network", "none", IMAGE, "sleep", "1000").ok()[:12]
    folder = Path(cli("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", "--type", "image", IMAGE).ok())
    (folder / "etc/new").write_text("")
    left = cli("fsck", "--repair")
    assert left.code == 4 and f"container {box} runs over it: stop it first\n" in left.out
    cli("rm", "-f", box).ok()
    assert cli("fsck", "--repair").code == 1 and not (folder / "etc/new").exists()


def test_a_lost_layer_comes_back_and_a_lost_blob_is_loaded_again(own: Daemon) -> None:
    cli = hutch(own)
    folder = Path(cli("inspect", "-f", "{{.GraphDriver.Data.UpperDir}}", IMAGE).ok())
    own.kill()
    folder.parent.rename(own.base / "gone")
    own.start()
    assert cli("run", "--rm", "--network", "none", IMAGE, "echo", "back").ok() == "back"
    (blob,) = (own.base / "data/blobs/sha256").iterdir()
    blob.unlink()
    found = cli("fsck", "--repair")
    assert found.code == 4 and f"blob sha256:{blob.name}: missing [{IMAGE}]" in found.out
    assert "cannot be pulled" in found.out
    own.load_box()
    assert cli("fsck").code == 0


def test_gc(own: Daemon) -> None:
    settings = own.base / "daemon.json"
    settings.write_text(json.dumps({"gc": {"start": "1kB", "stop": "500B", "unused": "24h"}}))
    cli = hutch(own, f"--config-file={settings}")
    for number in (1, 2):
        cli("import", "-", "moved:1", text=boxes.layer({"f": f"{number}" * 1000})).ok()
    cli("import", "-", "used:1", text=boxes.layer({"g": "x"})).ok()
    cli("create", "--name", "keeps", "used:1", "/g").ok()
    assert cli("gc", "--dry-run").ok().endswith("begins at 1kB, ends at 500B: due")  # nothing is old enough
    own.kill()
    with closing(sqlite3.connect(own.base / "data/images.db")) as rows:
        rows.execute("UPDATE images SET used_at = used_at / 2, tagged_at = tagged_at / 2")
        rows.commit()
    own.start()
    shown = cli("gc", "--dry-run").ok().splitlines()[1:]
    assert [line.split()[:2] for line in shown] == [["would", "remove"]] * 3
    assert "<none>: dangling" in shown[0]
    assert len(cli("images", "-qa").ok().splitlines()) == 4
    done = cli("gc").ok().splitlines()[1:]
    assert [line.replace("removed", "would remove") for line in done] == shown
    assert cli("images", "--format", "{{.Repository}}").ok() == "used"
    assert "gc: removed image" in own.log
    cli("rm", "keeps").ok()


def test_what_gc_may_not_say(own: Daemon) -> None:
    settings = own.base / "daemon.json"
    settings.write_text('{"gc": {"start": "120%"}}')
    own.flags = (f"--config-file={settings}",)
    try:
        own.start()
    except AssertionError:
        assert "gc: start: '120%' is neither a part of the disk nor a size" in own.log
    else:
        raise AssertionError("it started")
