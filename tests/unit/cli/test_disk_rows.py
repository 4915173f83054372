"""The totals of ``system df``."""

from __future__ import annotations

from hutch.cli.disk_rows import fields, lines

USAGE = {
    "LayersSize": 165015766,
    "Images": [
        {"Size": 153030510, "SharedSize": 0, "Containers": 0},
        {"Size": 1984172, "SharedSize": 0, "Containers": 3},
    ],
    "Containers": [{"State": "running", "SizeRw": 10}, {"State": "exited"}],
    "Volumes": [{"UsageData": {"RefCount": 0, "Size": 0}}],
    "BuildCache": None,
}


def test_percentages_are_cut_off() -> None:
    shown = [[fields()[name](line) for name in fields()] for line in lines(USAGE)]
    assert shown == [
        ["Images", "2", "1", "165MB", "163MB (98%)"],
        ["Containers", "2", "1", "10B", "0B (0%)"],
        ["Local Volumes", "1", "0", "0B", "0B"],
        ["Build Cache", "0", "0", "0B", "0B"],
    ]
