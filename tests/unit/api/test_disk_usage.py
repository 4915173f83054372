from __future__ import annotations

from hutch.api.disk_usage import for_version

IMAGES = {"ActiveCount": 0, "TotalCount": 1, "TotalSize": 9, "Reclaimable": 9, "Items": [{"Id": "x", "Size": 9}]}


def test_lists_before_1_52() -> None:
    old = for_version({"ImageUsage": IMAGES}, (1, 43), verbose=False)
    assert old == {
        "LayersSize": 9,
        "Images": [{"Id": "x", "Size": 9, "VirtualSize": 9}],
        "Containers": None,
        "Volumes": None,
        "BuildCache": None,
    }


def test_totals_after() -> None:
    assert set(for_version({"ImageUsage": IMAGES}, (1, 52), verbose=False)) > {"Images", "ImageUsage"}
    new = for_version({"ImageUsage": IMAGES}, (1, 53), verbose=False)
    assert new == {"ImageUsage": {key: value for key, value in IMAGES.items() if key != "Items"}}
    assert for_version({"ImageUsage": IMAGES}, (1, 53), verbose=True) == {"ImageUsage": IMAGES}
