import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig, ThrottleDevice, WeightDevice
from hutch.spec.limits import verify
from hutch.spec.machine import ABILITIES, Machine

MACHINE = Machine(cpus=frozenset({0, 1}))
BARE = Machine(abilities=frozenset())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"memory": 1}, "Minimum memory limit allowed is 6MB"),
        ({"memory": 9000000, "memory_swap": 8000000}, "Minimum memoryswap limit should be larger than memory limit, see usage"),  # noqa: E501
        ({"memory_swap": 8000000}, "You should always set the Memory limit when using Memoryswap limit, see usage"),
        ({"memory_swappiness": 101}, "Invalid value: 101, valid memory swappiness range is 0-100"),
        ({"memory_reservation": 1}, "Minimum memory reservation allowed is 6MB"),
        ({"memory": 7 << 20, "memory_reservation": 8 << 20}, "Minimum memory limit can not be less than memory reservation limit, see usage"),  # noqa: E501
        ({"nano_cpus": 100 * 10**9}, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
        ({"nano_cpus": -1}, "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
        ({"nano_cpus": 10**9, "cpu_period": 5000}, "Conflicting options: Nano CPUs and CPU Period cannot both be set"),
        ({"nano_cpus": 10**9, "cpu_quota": 5000}, "Conflicting options: Nano CPUs and CPU Quota cannot both be set"),
        ({"cpu_period": 5}, "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"),
        ({"cpu_quota": 5}, "CPU cfs quota can not be less than 1ms (i.e. 1000)"),
        ({"cpu_shares": -5}, "invalid CPU shares (-5): value must be a positive integer"),
        ({"cpuset_cpus": "0-2147483647"}, "Invalid value 0-2147483647 for cpuset cpus: value of out range, maximum is 8192"),  # noqa: E501
        ({"cpuset_cpus": "9"}, "Requested CPUs are not available - requested 9, available: 0-1"),
        ({"cpuset_mems": "7"}, "Requested memory nodes are not available - requested 7, available: 0"),
        ({"blkio_weight": 5}, "Range of blkio weight is from 10 to 1000"),
        ({"io_maximum_iops": 5}, "Invalid QoS settings: linux does not support configuration of maximum IOPs"),
        ({"oom_score_adj": 5000}, "Invalid value 5000, range for oom score adj is [-1000, 1000]"),
        ({"shm_size": -1}, "SHM size can not be less than 0"),
        ({"cpu_realtime_runtime": 9, "cpu_realtime_period": 5}, "cpu real-time runtime cannot be higher than cpu real-time period"),  # noqa: E501
    ],
)  # fmt: skip
def test_refused_in_dockers_words(asked, message):
    with pytest.raises(Invalid) as caught:
        verify(HostConfig(**asked), MACHINE)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("asked", "left", "warning"),
    [
        ({"memory": 7 << 20}, {"memory": 0, "memory_swap": -1}, "memory limit capabilities"),
        ({"memory_swappiness": 5}, {"memory_swappiness": None}, "memory swappiness"),
        ({"memory_reservation": 7 << 20}, {"memory_reservation": 0}, "memory soft limit"),
        ({"oom_kill_disable": True}, {"oom_kill_disable": None}, "OomKillDisable discarded"),
        ({"pids_limit": 5}, {"pids_limit": None}, "PIDs limit discarded"),
        ({"cpu_shares": 5}, {"cpu_shares": 0}, "CPU shares"),
        ({"cpu_quota": 5000}, {"cpu_quota": 0}, "CFS scheduler"),
        ({"cpuset_cpus": "5"}, {"cpuset_cpus": ""}, "CPUset discarded"),
        ({"blkio_weight": 50}, {"blkio_weight": 0}, "Block I/O weight or"),
        ({"blkio_weight_device": [WeightDevice("/d", 50)]}, {"blkio_weight_device": []}, "weight_device"),
        ({"blkio_device_read_bps": [ThrottleDevice("/d", 5)]}, {"blkio_device_read_bps": []}, "BPS Block I/O read"),
    ],
)
def test_what_the_kernel_lacks_is_taken_out_and_told(asked, left, warning):
    host = HostConfig(**asked)
    (said,) = verify(host, BARE)
    assert warning in said
    assert {name: getattr(host, name) for name in left} == left
    assert verify(HostConfig(**asked), Machine(cpus=frozenset(range(9)), abilities=ABILITIES)) == [] or "oom" in str(
        asked
    )


def test_no_swap_accounting_leaves_swap_unlimited():
    host = HostConfig(memory=7 << 20)
    (said,) = verify(host, Machine(abilities=ABILITIES - {"swap"}))
    assert "limited without swap" in said and host.memory_swap == -1 and host.memory == 7 << 20


def test_nano_cpus_need_cfs():
    with pytest.raises(Invalid, match="NanoCPUs can not be set"):
        verify(HostConfig(nano_cpus=10**9), BARE)


def test_real_time_needs_the_kernels_scheduler():
    with pytest.raises(Invalid, match="real-time scheduler"):
        verify(HostConfig(cpu_realtime_runtime=5), BARE)


def test_swap_alone_may_be_updated():
    assert verify(HostConfig(memory_swap=8 << 20), MACHINE, update=True) == []
