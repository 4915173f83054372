from __future__ import annotations

from hutch.engine.disk_usage import of_containers, of_images, of_volumes


def test_what_could_be_freed() -> None:
    images = [{"Size": 100, "SharedSize": 40, "Containers": 1}, {"Size": 50, "SharedSize": 40, "Containers": 0}]
    told = of_images(images, 110)
    assert (told["ActiveCount"], told["TotalCount"], told["TotalSize"], told["Reclaimable"]) == (1, 2, 110, 50)
    containers = [{"State": "running", "SizeRw": 5}, {"State": "exited", "SizeRw": 7}, {"State": "paused", "SizeRw": 1}]
    told = of_containers(containers)
    assert (told["ActiveCount"], told["TotalSize"], told["Reclaimable"]) == (2, 13, 7)
    volumes = [{"UsageData": {"RefCount": r, "Size": s}} for r, s in ((0, 3), (1, 4), (0, -1))]
    told = of_volumes(volumes)
    assert (told["ActiveCount"], told["TotalSize"], told["Reclaimable"]) == (1, 7, 3)
