from hutch.model.host_config import HostConfig
from hutch.runtime import standard
from hutch.spec import devices, mounts, paths


def test_they_are_the_ones_of_an_ordinary_containers_config() -> None:
    """Else a parked sandbox would prepare what nobody takes."""
    assert list(standard.MOUNTS) == mounts.default(HostConfig())
    assert list(standard.DEVICES) == devices.rules(HostConfig(), ())
    assert list(standard.MASKED) == paths.masked(HostConfig(), 0)
    assert list(standard.READ_ONLY) == paths.read_only(HostConfig())
