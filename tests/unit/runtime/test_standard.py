from hutch.model.host_config import HostConfig
from hutch.runtime import standard
from hutch.spec import devices, mounts


def test_they_are_the_ones_of_an_ordinary_containers_config() -> None:
    """Else a parked sandbox would prepare what nobody takes."""
    wanted = [mount for mount in mounts.default(HostConfig()) if mount.kind != "cgroup"]
    assert list(standard.MOUNTS) == wanted
    assert list(standard.DEVICES) == devices.rules(HostConfig(), ())
