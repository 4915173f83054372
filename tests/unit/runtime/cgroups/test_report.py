from pathlib import Path
from typing import Any

from hutch.runtime.cgroups import report
from hutch.runtime.cgroups.layout import Hierarchy, Layout

V1 = {
    "memory.limit_in_bytes": "100\n", "memory.usage_in_bytes": "40\n", "memory.max_usage_in_bytes": "60\n",
    "memory.failcnt": "2\n", "memory.memsw.limit_in_bytes": "200\n", "memory.memsw.usage_in_bytes": "41\n",
    "memory.memsw.max_usage_in_bytes": "61\n", "memory.memsw.failcnt": "0\n", "memory.stat": "cache 7\nrss 3\n",
    "cpuacct.usage": "5000\n", "cpuacct.usage_percpu": "2000 3000\n", "cpuacct.stat": "user 2\nsystem 1\n",
    "cpuacct.usage_all": "cpu user system\n0 10 20\n1 30 40\n", "cpu.stat": "nr_periods 7\nnr_throttled 0\n",
    "cpuset.cpus": "0-1,3\n", "cpuset.mems": "0\n", "cpuset.cpu_exclusive": "1\n", "pids.current": "3\n",
    "pids.max": "9\n", "blkio.throttle.io_service_bytes_recursive": "8:0 Read 5\nTotal 5\n",
    "hugetlb.2MB.limit_in_bytes": "9\n", "hugetlb.2MB.usage_in_bytes": "4\n", "hugetlb.2MB.max_usage_in_bytes": "5\n",
    "hugetlb.2MB.failcnt": "1\n",
}  # fmt: skip
V2 = {
    "memory.max": "100\n", "memory.current": "40\n", "memory.peak": "60\n", "memory.events": "max 3\noom 1\n",
    "memory.swap.max": "50\n", "memory.swap.current": "5\n", "memory.swap.events": "fail 2\n",
    "memory.stat": "file 7\nanon 3\n", "cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\n",
    "cpu.pressure": "some avg10=1.50 avg60=0.00 avg300=0.00 total=12\n", "pids.current": "3\n", "pids.max": "max\n",
    "io.stat": "8:0 rbytes=5 wbytes=0\n", "hugetlb.2MB.max": "9\n", "hugetlb.2MB.current": "4\n",
    "hugetlb.2MB.events": "max 1\n",
}  # fmt: skip
NAMES = ("memory", "cpu", "cpuacct", "cpuset", "pids", "blkio", "hugetlb")


def collected(folder: Path, files: dict[str, str], version: int) -> dict[str, Any]:
    for name, text in files.items():
        (folder / name).write_text(text)
    hierarchy = Hierarchy(version, str(folder), "", NAMES)
    layout = Layout([hierarchy], None) if version == 1 else Layout([], hierarchy)
    folders = dict.fromkeys(NAMES if version == 1 else (*NAMES, "io"), str(folder))
    if version == 2:
        del folders["cpuset"], folders["cpuacct"]
    return report.collect(folders, None if version == 1 else str(folder), layout)


def test_figures_of_v1(tmp_path: Path) -> None:
    found = collected(tmp_path, V1, 1)
    assert found["memory"]["cache"] == 7
    assert found["memory"]["usage"] == {"limit": 100, "usage": 40, "max": 60, "failcnt": 2}
    assert found["memory"]["swap"] == {"limit": 200, "usage": 41, "max": 61, "failcnt": 0}
    assert found["memory"]["raw"] == {"cache": 7, "rss": 3}
    usage = found["cpu"]["usage"]
    assert (usage["total"], usage["percpu"], usage["percpu_kernel"], usage["percpu_user"]) == (
        5000, [2000, 3000], [20, 40], [10, 30],
    )  # fmt: skip
    assert found["cpu"]["throttling"] == {"periods": 7}
    assert found["cpuset"] == {"cpus": [0, 1, 3], "mems": [0], "cpu_exclusive": 1}
    assert found["pids"] == {"current": 3, "limit": 9}
    assert found["blkio"] == {"ioServiceBytesRecursive": [{"major": 8, "op": "Read", "value": 5}]}
    assert found["hugetlb"] == {"2MB": {"usage": 4, "max": 5, "failcnt": 1}}
    assert (found["intel_rdt"], found["network_interfaces"]) == ({}, None)


def test_figures_of_v2(tmp_path: Path) -> None:
    found = collected(tmp_path, V2, 2)
    assert found["memory"]["cache"] == 7
    assert found["memory"]["usage"] == {"limit": 100, "usage": 40, "max": 60, "failcnt": 3}
    assert found["memory"]["swap"] == {"limit": 150, "usage": 45, "failcnt": 2}
    assert found["cpu"]["usage"] == {"total": 5000, "kernel": 2000, "user": 3000}
    assert found["cpu"]["psi"] == {"some": {"avg10": 1.5, "avg60": 0.0, "avg300": 0.0, "total": 12}}
    assert found["pids"] == {"current": 3}
    assert found["blkio"] == {
        "ioServiceBytesRecursive": [{"major": 8, "op": "Read", "value": 5}, {"major": 8, "op": "Write"}]
    }
    assert found["hugetlb"] == {"2MB": {"usage": 4, "failcnt": 1}}


def test_missing_controllers_are_empty(tmp_path: Path) -> None:
    hierarchy = Hierarchy(1, str(tmp_path), "", ())
    found = report.collect({}, None, Layout([hierarchy], None))
    assert (found["memory"], found["pids"], found["cpuset"], found["blkio"]) == ({}, {}, {}, {})
