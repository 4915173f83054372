"""Accounting read back in the shapes of ``GET /containers/ID/stats`` (Engine API, ContainerStatsResponse)."""

from __future__ import annotations

import os

from hutch.runtime.cgroups.layout import Layout
from hutch.runtime.cgroups.oom import parse as keyed
from hutch.runtime.cgroups.write import read_or

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_V1_BLKIO = (
    ("io_service_bytes_recursive", "io_service_bytes"),
    ("io_serviced_recursive", "io_serviced"),
    ("io_queue_recursive", "io_queued"),
    ("io_service_time_recursive", "io_service_time"),
    ("io_wait_time_recursive", "io_wait_time"),
    ("io_merged_recursive", "io_merged"),
    ("io_time_recursive", "time"),
    ("sectors_recursive", "sectors"),
)


def collect(folders: dict[str, str], unified: str | None, layout: Layout) -> dict[str, Any]:
    """All parts; a part whose controller is missing has zeros or is empty, as Docker shows it."""
    memory, cpu = folders.get("memory"), folders.get("cpu")
    memory_v1 = layout.version_of("memory") == 1
    return {
        "pids_stats": pids(folders.get("pids")),
        "cpu_stats": cpu_v1(cpu, folders.get("cpuacct")) if layout.v1 else cpu_v2(unified or ""),
        "memory_stats": {} if memory is None else memory_of_v1(memory) if memory_v1 else memory_of_v2(memory),
        "blkio_stats": blkio_v1(folders.get("blkio")) if layout.v1 else blkio_v2(unified or ""),
    }


def pids(folder: str | None) -> dict[str, Any]:
    """``current``, and ``limit`` when there is one."""
    if folder is None:
        return {}
    result: dict[str, Any] = {"current": int(read_or(f"{folder}/pids.current", "0"))}
    limit = read_or(f"{folder}/pids.max", "max").strip()
    # Docker shows no limit as the largest number its type holds.
    result["limit"] = (1 << 64) - 1 if limit == "max" else int(limit)
    return result


def table(text: str) -> dict[str, int]:
    """A flat keyed control file."""
    result = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if value.strip().isdigit():
            result[key] = int(value)
    return result


def cpu_v1(cpu: str | None, cpuacct: str | None) -> dict[str, Any]:
    """Times in ns; the user and system split comes in clock ticks."""
    usage: dict[str, Any] = {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0}
    if cpuacct is not None:
        split = table(read_or(f"{cpuacct}/cpuacct.stat", ""))
        usage["total_usage"] = int(read_or(f"{cpuacct}/cpuacct.usage", "0"))
        usage["percpu_usage"] = [int(n) for n in read_or(f"{cpuacct}/cpuacct.usage_percpu", "").split()]
        usage["usage_in_kernelmode"] = split.get("system", 0) * 1_000_000_000 // _TICK
        usage["usage_in_usermode"] = split.get("user", 0) * 1_000_000_000 // _TICK
    text = "" if cpu is None else read_or(f"{cpu}/cpu.stat", "")
    return {"cpu_usage": usage, "throttling_data": _throttling(text, "throttled_time", 1)}


def cpu_v2(folder: str) -> dict[str, Any]:
    """v2 counts in microseconds."""
    text = read_or(f"{folder}/cpu.stat", "")
    usage = {
        "total_usage": keyed(text, "usage_usec") * 1000,
        "usage_in_kernelmode": keyed(text, "system_usec") * 1000,
        "usage_in_usermode": keyed(text, "user_usec") * 1000,
    }
    return {"cpu_usage": usage, "throttling_data": _throttling(text, "throttled_usec", 1000)}


def _throttling(text: str, key: str, factor: int) -> dict[str, int]:
    return {
        "periods": keyed(text, "nr_periods"),
        "throttled_periods": keyed(text, "nr_throttled"),
        "throttled_time": keyed(text, key) * factor,
    }


def memory_of_v1(folder: str) -> dict[str, Any]:
    """Usage, maximum, failures, limit (at most the machine's memory) and memory.stat."""
    return {
        "usage": int(read_or(f"{folder}/memory.usage_in_bytes", "0")),
        "max_usage": int(read_or(f"{folder}/memory.max_usage_in_bytes", "0")),
        "stats": table(read_or(f"{folder}/memory.stat", "")),
        "failcnt": int(read_or(f"{folder}/memory.failcnt", "0")),
        "limit": min(int(read_or(f"{folder}/memory.limit_in_bytes", "0")), machine_memory()),
    }


def memory_of_v2(folder: str) -> dict[str, Any]:
    """Usage, out-of-memory events, limit (at most the machine's memory) and memory.stat."""
    limit = read_or(f"{folder}/memory.max", "max").strip()
    result: dict[str, Any] = {
        "usage": int(read_or(f"{folder}/memory.current", "0")),
        "stats": table(read_or(f"{folder}/memory.stat", "")),
        "limit": machine_memory() if limit == "max" else min(int(limit), machine_memory()),
    }
    failures = keyed(read_or(f"{folder}/memory.events", ""), "oom")
    if failures:
        result["failcnt"] = failures
    return result


def blkio_v1(folder: str | None) -> dict[str, Any]:
    """BFQ's counters where that scheduler runs, else the throttling layer's (the only ones other schedulers have)."""
    result: dict[str, Any] = {name: [] for name, _ in _V1_BLKIO}
    if folder is None:
        return result
    for name, file in _V1_BLKIO:
        for path in (f"blkio.bfq.{file}_recursive", f"blkio.throttle.{file}_recursive", f"blkio.{file}_recursive"):
            if entries := parse_blkio(read_or(f"{folder}/{path}", "")):
                result[name] = entries
                break
    return result


def parse_blkio(text: str) -> list[dict[str, Any]]:
    """Lines ``major:minor Op value`` or ``major:minor value``; the closing ``Total value`` is left out."""
    entries = []
    for line in text.splitlines():
        fields = line.split()
        major, colon, minor = fields[0].partition(":") if fields else ("", "", "")
        if not colon or len(fields) < 2:
            continue
        op = fields[1].lower() if len(fields) == 3 else ""
        entries.append({"major": int(major), "minor": int(minor), "op": op, "value": int(fields[-1])})
    return entries


def blkio_v2(folder: str) -> dict[str, Any]:
    """Only bytes read and written, as Docker does on v2; the rest is null."""
    entries = []
    for line in read_or(f"{folder}/io.stat", "").splitlines():
        number, _, rest = line.partition(" ")
        major, _, minor = number.partition(":")
        values = dict(pair.split("=", 1) for pair in rest.split() if "=" in pair)
        for key, op in (("rbytes", "read"), ("wbytes", "write")):
            if key in values:
                entries.append({"major": int(major), "minor": int(minor), "op": op, "value": int(values[key])})
    result: dict[str, Any] = {name: None for name, _ in _V1_BLKIO}
    result["io_service_bytes_recursive"] = entries or None
    return result


def machine_memory() -> int:
    """MemTotal of the machine in bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def machine_cpu() -> tuple[int, int]:
    """(CPU time of the whole machine since boot in ns, CPUs online): ``system_cpu_usage`` and ``online_cpus``."""
    fields = read_or("/proc/stat", "").partition("\n")[0].split()[1:9]
    return sum(int(f) for f in fields[:8]) * 1_000_000_000 // _TICK, os.sysconf("SC_NPROCESSORS_ONLN")
