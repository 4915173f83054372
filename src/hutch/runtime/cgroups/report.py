"""Accounting in the shape of ``runc events``, which containerd and scripts read (all of it in bytes and nanoseconds).

Numbers that are zero are left out where runc leaves them out.
"""

from __future__ import annotations

import os

from hutch.runtime.cgroups import stats
from hutch.runtime.cgroups.layout import Layout
from hutch.runtime.cgroups.oom import parse as keyed
from hutch.runtime.cgroups.write import read_or

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NO_LIMIT = (1 << 64) - 1
_CPUSET = (
    "cpu_exclusive", "mems", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
    "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level",
)  # fmt: skip
_BLKIO = {
    "io_service_bytes_recursive": "ioServiceBytesRecursive", "io_serviced_recursive": "ioServicedRecursive",
    "io_queue_recursive": "ioQueueRecursive", "io_service_time_recursive": "ioServiceTimeRecursive",
    "io_wait_time_recursive": "ioWaitTimeRecursive", "io_merged_recursive": "ioMergedRecursive",
    "io_time_recursive": "ioTimeRecursive", "sectors_recursive": "sectorsRecursive",
}  # fmt: skip


def collect(folders: dict[str, str], unified: str | None, layout: Layout) -> dict[str, Any]:
    """The ``data`` of a ``stats`` event; parts whose controller is missing are empty."""
    basis = stats.collect(folders, unified, layout)
    memory = folders.get("memory")
    pressure = unified if unified is not None and not layout.v1 else None
    return {
        "cpu": _cpu(basis["cpu_stats"], folders.get("cpuacct"), pressure),
        "cpuset": _cpuset(folders.get("cpuset")),
        "memory": {} if memory is None else _memory(memory, layout.version_of("memory"), pressure),
        "pids": _pids(folders.get("pids")),
        "blkio": _blkio(basis["blkio_stats"], pressure),
        "hugetlb": _hugetlb(folders.get("hugetlb"), layout.version_of("hugetlb")),
        "intel_rdt": {},
        "network_interfaces": None,
    }


def _cpu(basis: dict[str, Any], accounts: str | None, pressure: str | None) -> dict[str, Any]:
    usage, throttling = basis["cpu_usage"], basis["throttling_data"]
    counted: dict[str, Any] = {"total": usage["total_usage"]} if usage["total_usage"] else {}
    if usage.get("percpu_usage"):
        counted["percpu"] = usage["percpu_usage"]
    if accounts is not None:
        rows = [line.split() for line in read_or(f"{accounts}/cpuacct.usage_all", "").splitlines()[1:]]
        if rows:
            counted["percpu_kernel"] = [int(row[2]) for row in rows]
            counted["percpu_user"] = [int(row[1]) for row in rows]
    counted["kernel"], counted["user"] = usage["usage_in_kernelmode"], usage["usage_in_usermode"]
    names = (("periods", "periods"), ("throttledPeriods", "throttled_periods"), ("throttledTime", "throttled_time"))
    limited = {name: throttling[key] for name, key in names if throttling[key]}
    return {"usage": counted, "throttling": limited, **_pressure(pressure, "cpu")}


def _cpuset(folder: str | None) -> dict[str, Any]:
    if folder is None:
        return {}
    result: dict[str, Any] = {"cpus": _list(read_or(f"{folder}/cpuset.cpus", ""))}
    for name in _CPUSET:
        text = read_or(f"{folder}/cpuset.{name}", "")
        if name == "mems":
            result[name] = _list(text)
        elif text:
            result[name] = int(text)
    return {name: value for name, value in result.items() if value != []}


def _list(text: str) -> list[int]:
    """The numbers of a list such as 0-2,5."""
    numbers: list[int] = []
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        if first:
            numbers += range(int(first), int(last or first) + 1)
    return numbers


def _memory(folder: str, version: int, pressure: str | None) -> dict[str, Any]:
    raw = stats.table(read_or(f"{folder}/memory.stat", ""))
    cache = raw.get("cache" if version == 1 else "file", 0)
    result: dict[str, Any] = {"cache": cache} if cache else {}
    if version == 1:
        for name, part in (("usage", ""), ("swap", "memsw."), ("kernel", "kmem."), ("kernelTCP", "kmem.tcp.")):
            result[name] = _memory_v1(folder, part)
    else:
        result["usage"] = _memory_v2(folder, "memory.")
        # As the limit of the API: memory and swap together.
        swap = _memory_v2(folder, "memory.swap.")
        both = {"limit": min(swap["limit"] + result["usage"]["limit"], _NO_LIMIT), "failcnt": swap["failcnt"]}
        both["usage"] = swap.get("usage", 0) + result["usage"].get("usage", 0)
        result["swap"] = both
        result["kernel"] = result["kernelTCP"] = {"limit": 0, "failcnt": 0}
    result["raw"] = raw
    return {**result, **_pressure(pressure, "memory")}


def _memory_v1(folder: str, part: str) -> dict[str, int]:
    files = (("limit", "limit_in_bytes"), ("usage", "usage_in_bytes"), ("max", "max_usage_in_bytes"))
    entry = {name: int(read_or(f"{folder}/memory.{part}{file}", "0")) for name, file in files}
    entry = {name: value for name, value in entry.items() if value or name == "limit"}
    return {**entry, "failcnt": int(read_or(f"{folder}/memory.{part}failcnt", "0"))}


def _memory_v2(folder: str, part: str) -> dict[str, int]:
    limit = read_or(f"{folder}/{part}max", "max").strip()
    entry = {"limit": _NO_LIMIT if limit == "max" else int(limit)}
    for name, file in (("usage", "current"), ("max", "peak")):
        if value := int(read_or(f"{folder}/{part}{file}", "0")):
            entry[name] = value
    key = "fail" if "swap" in part else "max"
    return {**entry, "failcnt": keyed(read_or(f"{folder}/{part}events", ""), key)}


def _pids(folder: str | None) -> dict[str, int]:
    counted = stats.pids(folder)
    if counted.get("limit") == _NO_LIMIT:
        del counted["limit"]
    return {name: value for name, value in counted.items() if value}


def _blkio(basis: dict[str, Any], pressure: str | None) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, entries in basis.items():
        if entries:
            named = [{**entry, "op": str(entry["op"]).capitalize()} for entry in entries]
            result[_BLKIO[name]] = [{key: value for key, value in entry.items() if value} for entry in named]
    return {**result, **_pressure(pressure, "io")}


def _hugetlb(folder: str | None, version: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if folder is None:
        return result
    for name in sorted(os.listdir(folder)):
        size = name.removeprefix("hugetlb.").partition(".")[0]
        if version == 1 and name == f"hugetlb.{size}.limit_in_bytes":
            values = (("usage", "usage_in_bytes"), ("max", "max_usage_in_bytes"))
            entry = {key: int(read_or(f"{folder}/hugetlb.{size}.{file}", "0")) for key, file in values}
            failures = int(read_or(f"{folder}/hugetlb.{size}.failcnt", "0"))
        elif version == 2 and name == f"hugetlb.{size}.max":
            entry = {"usage": int(read_or(f"{folder}/hugetlb.{size}.current", "0"))}
            failures = keyed(read_or(f"{folder}/hugetlb.{size}.events", ""), "max")
        else:
            continue
        result[size] = {**{key: value for key, value in entry.items() if value}, "failcnt": failures}
    return result


def _pressure(folder: str | None, controller: str) -> dict[str, Any]:
    """``psi`` of a controller where the kernel counts it (kernel documentation, accounting/psi)."""
    text = "" if folder is None else read_or(f"{folder}/{controller}.pressure", "")
    psi: dict[str, Any] = {}
    for line in text.splitlines():
        kind, *pairs = line.split()
        values = dict(pair.split("=", 1) for pair in pairs)
        psi[kind] = {name: int(value) if name == "total" else float(value) for name, value in values.items()}
    return {"psi": psi} if psi else {}
