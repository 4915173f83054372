"""Which resource limits of a HostConfig are sound: Docker's checks, errors and warnings, in its order."""

from __future__ import annotations

from hutch.model.errors import Invalid
from hutch.model.host_config import HostConfig
from hutch.spec import cpuset
from hutch.spec.machine import Machine

LEAST_MEMORY = 6 << 20
_GONE = "or the cgroup is not mounted"


def verify(host: HostConfig, machine: Machine, *, update: bool = False) -> list[str]:
    """Check every limit; what this kernel cannot do is taken out of ``host`` and told as a warning.

    ``update``: the limits are changes of a container that has limits. Returns the warnings. Raises Invalid.
    """
    warnings: list[str] = []
    _memory(host, machine, warnings, update)
    _reservation(host, machine, warnings)
    _pids(host, machine, warnings)
    _cpu(host, machine, warnings)
    _cpuset(host, machine, warnings)
    _block(host, machine, warnings)
    if not -1000 <= host.oom_score_adj <= 1000:
        raise Invalid(f"Invalid value {host.oom_score_adj}, range for oom score adj is [-1000, 1000]")
    if host.shm_size < 0:
        raise Invalid("SHM size can not be less than 0")
    return warnings


def _memory(host: HostConfig, machine: Machine, warnings: list[str], update: bool) -> None:
    if host.memory and host.memory < LEAST_MEMORY:
        raise Invalid("Minimum memory limit allowed is 6MB")
    if host.memory > 0 and "memory" not in machine.abilities:
        warnings.append(f"Your kernel does not support memory limit capabilities {_GONE}. Limitation discarded.")
        host.memory, host.memory_swap = 0, -1
    if host.memory > 0 and host.memory_swap != -1 and "swap" not in machine.abilities:
        warnings.append(f"Your kernel does not support swap limit capabilities {_GONE}. Memory limited without swap.")
        host.memory_swap = -1
    if host.memory > 0 and 0 < host.memory_swap < host.memory:
        raise Invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
    if not host.memory and host.memory_swap > 0 and not update:
        raise Invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
    swappiness = host.memory_swappiness
    if swappiness is not None and swappiness != -1:
        if "swappiness" not in machine.abilities:
            warnings.append(
                f"Your kernel does not support memory swappiness capabilities {_GONE}. Memory swappiness discarded."
            )
            host.memory_swappiness = None
        elif not 0 <= swappiness <= 100:
            raise Invalid(f"Invalid value: {swappiness}, valid memory swappiness range is 0-100")


def _reservation(host: HostConfig, machine: Machine, warnings: list[str]) -> None:
    if host.memory_reservation > 0 and "memory-reservation" not in machine.abilities:
        warnings.append(f"Your kernel does not support memory soft limit capabilities {_GONE}. Limitation discarded.")
        host.memory_reservation = 0
    if 0 < host.memory_reservation < LEAST_MEMORY:
        raise Invalid("Minimum memory reservation allowed is 6MB")
    if 0 < host.memory < host.memory_reservation:
        raise Invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
    if host.oom_kill_disable and "oom-kill-disable" not in machine.abilities:
        warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.")
        host.oom_kill_disable = None
    if host.oom_kill_disable and not host.memory:
        warnings.append(
            "OOM killer is disabled for the container, but no memory limit is set, this can result in the system "
            "running out of resources."
        )


def _pids(host: HostConfig, machine: Machine, warnings: list[str]) -> None:
    if host.pids_limit and host.pids_limit > 0 and "pids" not in machine.abilities:
        warnings.append(f"Your kernel does not support PIDs limit capabilities {_GONE}. PIDs limit discarded.")
        host.pids_limit = None


def _cpu(host: HostConfig, machine: Machine, warnings: list[str]) -> None:
    if host.nano_cpus > 0 and host.cpu_period > 0:
        raise Invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set")
    if host.nano_cpus > 0 and host.cpu_quota > 0:
        raise Invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
    if host.nano_cpus > 0 and "cpu-cfs" not in machine.abilities:
        raise Invalid(f"NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler {_GONE}")
    count = len(machine.cpus)
    if not 0 <= host.nano_cpus <= count * 10**9:
        raise Invalid(f"range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available")
    if host.cpu_shares > 0 and "cpu-shares" not in machine.abilities:
        warnings.append(f"Your kernel does not support CPU shares {_GONE}. Shares discarded.")
        host.cpu_shares = 0
    if host.cpu_shares < 0:
        raise Invalid(f"invalid CPU shares ({host.cpu_shares}): value must be a positive integer")
    if (host.cpu_period or host.cpu_quota > 0) and "cpu-cfs" not in machine.abilities:
        warnings.append(f"Your kernel does not support CPU CFS scheduler {_GONE}. CPU period/quota discarded.")
        host.cpu_period = host.cpu_quota = 0
    if host.cpu_period and not 1000 <= host.cpu_period <= 1000000:
        raise Invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
    if 0 < host.cpu_quota < 1000:
        raise Invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)")
    if host.cpu_percent > 0:
        warnings.append("linux does not support CPU percent. Percent discarded.")
        host.cpu_percent = 0
    _real_time(host, machine)


def _real_time(host: HostConfig, machine: Machine) -> None:
    if not (host.cpu_realtime_period or host.cpu_realtime_runtime):
        return
    if "cpu-rt" not in machine.abilities:
        raise Invalid("Your kernel does not support CPU real-time scheduler")
    if host.cpu_realtime_period and host.cpu_realtime_runtime > host.cpu_realtime_period:
        raise Invalid("cpu real-time runtime cannot be higher than cpu real-time period")


def _cpuset(host: HostConfig, machine: Machine, warnings: list[str]) -> None:
    if not (host.cpuset_cpus or host.cpuset_mems):
        return
    if "cpuset" not in machine.abilities:
        warnings.append(f"Your kernel does not support cpuset {_GONE}. CPUset discarded.")
        host.cpuset_cpus = host.cpuset_mems = ""
    cpuset.check(host.cpuset_cpus, "cpus", "CPUs", machine.cpus)
    cpuset.check(host.cpuset_mems, "mems", "memory nodes", machine.memory_nodes)


def _block(host: HostConfig, machine: Machine, warnings: list[str]) -> None:
    if host.blkio_weight > 0 and "blkio-weight" not in machine.abilities:
        warnings.append(f"Your kernel does not support Block I/O weight {_GONE}. Weight discarded.")
        host.blkio_weight = 0
    if host.blkio_weight and not 10 <= host.blkio_weight <= 1000:
        raise Invalid("Range of blkio weight is from 10 to 1000")
    for word, value in (("Bandwidth", host.io_maximum_bandwidth), ("IOPs", host.io_maximum_iops)):
        if value:
            what = "maximum IO bandwidth" if word == "Bandwidth" else "maximum IOPs"
            raise Invalid(f"Invalid QoS settings: linux does not support configuration of {what}")
    if host.blkio_weight_device and "blkio-weight-device" not in machine.abilities:
        warnings.append(f"Your kernel does not support Block I/O weight_device {_GONE}. Weight-device discarded.")
        host.blkio_weight_device = []
    if "blkio-throttle" in machine.abilities:
        return
    for name, what in (
        ("blkio_device_read_bps", "BPS Block I/O read limit"),
        ("blkio_device_write_bps", "BPS Block I/O write limit"),
        ("blkio_device_read_iops", "IOPS Block read limit"),
        ("blkio_device_write_iops", "IOPS Block write limit"),
    ):
        if getattr(host, name):
            warnings.append(f"Your kernel does not support {what} {_GONE}. {what} discarded.")
            setattr(host, name, [])
