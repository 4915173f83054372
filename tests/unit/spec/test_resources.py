import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig, ThrottleDevice, WeightDevice
from hutch.spec.resources import to_oci


def test_nothing_asked_is_device_rules_alone():
    assert list(to_oci(HostConfig())) == ["devices"]


def test_swap_is_twice_the_memory_unless_said():
    assert to_oci(HostConfig(memory=100))["memory"] == {"limit": 100, "swap": 200}
    assert to_oci(HostConfig(memory=100, memory_swap=-1))["memory"] == {"limit": 100, "swap": -1}


def test_the_other_memory_knobs():
    host = HostConfig(memory=9, memory_swap=9, memory_reservation=5, memory_swappiness=0, oom_kill_disable=True)
    assert to_oci(host)["memory"] == {
        "limit": 9, "reservation": 5, "swap": 9, "swappiness": 0, "disableOOMKiller": True
    }  # fmt: skip


def test_cpus_become_a_quota():
    assert to_oci(HostConfig(nano_cpus=1_500_000_000))["cpu"] == {"period": 100000, "quota": 150000}
    host = HostConfig(cpu_shares=5, cpu_quota=-1, cpuset_cpus="0", cpuset_mems="0")
    assert to_oci(host)["cpu"] == {"shares": 5, "quota": -1, "cpus": "0", "mems": "0"}


@pytest.mark.parametrize(("asked", "limit"), [(5, {"limit": 5}), (0, None), (-1, None), (None, None)])
def test_pids(asked, limit):
    assert to_oci(HostConfig(pids_limit=asked)).get("pids") == limit


def test_block_devices_are_named_by_number():
    host = HostConfig(
        blkio_weight=10,
        blkio_weight_device=[WeightDevice("/dev/sda", 20)],
        blkio_device_write_iops=[ThrottleDevice("/dev/sda", 30)],
    )
    assert to_oci(host, (), {"/dev/sda": (8, 0)})["blockIO"] == {
        "weight": 10,
        "weightDevice": [{"major": 8, "minor": 0, "weight": 20}],
        "throttleWriteIOPSDevice": [{"major": 8, "minor": 0, "rate": 30}],
    }
    with pytest.raises(Invalid, match="stat /dev/sda"):
        to_oci(host)
