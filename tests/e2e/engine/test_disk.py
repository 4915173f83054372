"""``system df`` and everything that prunes."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator

import pytest

from support import boxes
from support.client import Client

pytestmark = pytest.mark.compat
LABEL = f"hutch.e2e.disk={os.getpid()}"
NAME = f"e2e-disk-{os.getpid()}"


@pytest.fixture
def image(cli: Client) -> Iterator[str]:
    """An image over nothing, with our label."""
    cli("import", "-c", f"LABEL {LABEL}", "-", f"{NAME}:1", text=boxes.layer({"a": "x" * 1000})).ok()
    yield f"{NAME}:1"
    for row in cli.engine.api("GET", f'/images/json?filters={{"label":["{LABEL}"]}}')[1]:
        cli.engine.api("DELETE", f"/images/{row['Id']}?force=1")


def test_df(cli: Client, image: str) -> None:
    cli.needs(23)
    box, volume = cli.name(), f"{NAME}-v"
    cli("volume", "create", volume).ok()
    script = "head -c 5000 /dev/zero >/written; head -c 70000 /dev/zero >/v/f"
    cli("run", "--name", box, "--network", "none", "-v", f"{volume}:/v", cli.engine.image, "sh", "-c", script).ok()
    lines = cli("system", "df").ok().split("\n")
    assert lines[0].split() == ["TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"]
    assert [re.split(r"\s{2,}", line)[0] for line in lines[1:]] == [
        "Images", "Containers", "Local Volumes", "Build Cache",
    ]  # fmt: skip
    assert re.search(r"Images +\d+ +\d+ +[\d.]+MB +[\d.]+[kM]?B \(\d+%\)", lines[1])
    told = json.loads(cli("system", "df", "-v", "--format", "json").ok())
    mine = next(row for row in told["Containers"] if row["Names"] == box)
    assert (mine["Size"], mine["LocalVolumes"]) == ("5kB", "1")
    mine = next(row for row in told["Volumes"] if row["Name"] == volume)
    assert (mine["Links"], mine["Size"]) == ("1", "70kB")
    mine = next(row for row in told["Images"] if row["Repository"] == NAME)
    assert (mine["UniqueSize"], mine["SharedSize"], mine["Containers"]) == ("1kB", "0B", "0")
    whole = cli("system", "df", "-v").ok()
    for title in (
        "Images space usage:",
        "Containers space usage:",
        "Local Volumes space usage:",
        "Build cache usage: ",
    ):
        assert title in whole
    cli("rm", box).ok()
    cli("volume", "rm", volume).ok()


def test_system_prune(cli: Client, image: str) -> None:
    cli.needs(23)
    box = cli.name()
    cli("create", "--label", LABEL, "--name", box, cli.engine.image, "true").ok()
    kept = cli("volume", "create", "--label", LABEL, f"{NAME}-kept").ok()
    gone = cli("volume", "create", "--label", LABEL).ok()
    asked = cli("system", "prune", "--volumes", "--filter", f"label={LABEL}", text="n\n")
    assert "  - all anonymous volumes not used by at least one container\n  - all dangling images\n" in asked.out
    assert f"  Items to be pruned will be filtered with:\n  - label={LABEL}\n\nAre you sure" in asked.out
    said = cli("system", "prune", "-f", "--volumes", "--filter", f"label={LABEL}").ok()
    assert re.fullmatch(
        rf"Deleted Containers:\n[0-9a-f]{{64}}\n\nDeleted Volumes:\n{gone}\n\nTotal reclaimed space: 0B", said
    )
    said = cli("volume", "prune", "-af", "--filter", f"label={LABEL}").ok()
    assert said == f"Deleted Volumes:\n{kept}\n\nTotal reclaimed space: 0B"
    cli("system", "prune", "-f", "--filter", "colour=red").fails(1, "invalid filter 'colour'")
    cli("volume", "prune", "-f", "--filter", "until=1h").fails(1, "invalid filter 'until'")
    assert cli("network", "prune", "-f", "--filter", f"label={LABEL}").ok() == ""


def test_image_prune(cli: Client, image: str) -> None:
    cli("tag", image, f"{NAME}-b:2").ok()
    here = f"label={LABEL}"
    assert cli("image", "prune", "-f", "--filter", here).ok() == "Total reclaimed space: 0B"
    cli("image", "prune", "-f", "--filter", "until=1h", "--filter", "until=2h").fails(1, "more than one until filter")
    assert cli("image", "prune", "-af", "--filter", here, "--filter", "until=24h").ok() == "Total reclaimed space: 0B"
    box = cli.name()
    cli("create", "--name", box, image, "/a").ok()
    said = cli("image", "prune", "-af", "--filter", here).ok()
    one = re.fullmatch(r"Deleted Images:\nuntagged: (.*)\n\nTotal reclaimed space: 0B", said)
    assert one and one[1] in (image, f"{NAME}-b:2")  # a used image keeps one name
    cli("rm", box).ok()
    said = cli("image", "prune", "-af", "--filter", here).ok().split("\n")
    assert said[0] == "Deleted Images:" and said[1] in (f"untagged: {image}", f"untagged: {NAME}-b:2")
    assert said[-1] == "Total reclaimed space: 1kB"
