"""``fsck`` and ``gc``: what is damaged is named and mended, what is old goes at the watermark."""

from __future__ import annotations

import json
import random
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
    settings.write_text(json.dumps({"gc": {"start": "9GB", "stop": "500B", "unused": "24h"}}))
    cli = hutch(own, f"--config-file={settings}")
    for number in (1, 2):
        cli("import", "-", "moved:1", text=boxes.layer({"f": f"{number}" * 1000})).ok()
    cli("import", "-", "used:1", text=boxes.layer({"g": "x"})).ok()
    cli("create", "--name", "keeps", "used:1", "/g").ok()
    said = cli("gc", "--dry-run").ok()
    assert "begins at 9GB, ends at 500B" in said and said.count("would remove") == 1  # the rest is not old enough
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


def test_the_same_name_over_and_over(own: Daemon) -> None:
    """Five hundred images of one name, eight times what the disk holds, one right after the other."""
    own.bound("data", "300m")
    cli = hutch(own)
    name = cli.running()
    cli("import", "-", "untouched:1", text=boxes.layer({"file": "untouched"})).ok()
    draw = random.Random(7)
    for number in range(500):
        tar = boxes.layer({"file": f"{number}\n", "ballast": draw.randbytes(1_200_000).hex()})
        status, answer = own.api("POST", "/images/create?fromSrc=-&repo=again&tag=1", tar, timeout=60)
        assert status == 200 and "errorDetail" not in str(answer), (number, answer)
    assert "gc: removed image" in own.log and "no space left" not in own.log.lower()
    cli("create", "--name", "last", "again:1", "/x").ok()
    cli("cp", "last:/file", f"{own.base}/file").ok()
    assert (own.base / "file").read_text() == "499\n"
    assert sorted(cli("images", "-f", "dangling=false", "--format", "{{.Repository}}").ok().split()) == sorted(
        ["again", "untouched", IMAGE.partition(":")[0]]
    )
    assert cli("exec", name, "echo", "alive").ok() == "alive"
    assert cli("fsck").ok().endswith("no damage")
    cli("rm", "-f", name, "last").ok()


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
