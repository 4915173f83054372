from hutch.model.host_config import HostConfig
from hutch.spec import paths


def test_defaults_cover_the_throttle_counters_of_every_cpu():
    masked = paths.masked(HostConfig(), 2)
    assert {"/proc/kcore", "/proc/interrupts", "/sys/firmware"} <= set(masked)
    assert masked[-1] == "/sys/devices/system/cpu/cpu1/thermal_throttle"
    assert paths.read_only(HostConfig())[0] == "/proc/bus"


def test_privileged_hides_nothing():
    host = HostConfig(privileged=True)
    assert paths.masked(host, 2) == [] and paths.read_only(host) == []


def test_a_list_of_the_client_is_taken_even_when_empty():
    host = HostConfig(masked_paths=[], readonly_paths=["/x"])
    assert paths.masked(host, 2) == [] and paths.read_only(host) == ["/x"]
