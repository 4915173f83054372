from hutch.runtime.cgroups import stats


def put(folder, **files):
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return str(folder)


def test_pids(tmp_path):
    folder = put(tmp_path, pids__current="3\n", pids__max="max\n")
    assert stats.pids(folder) == {"current": 3, "limit": 2**64 - 1}
    put(tmp_path, pids__max="9\n")
    assert stats.pids(folder)["limit"] == 9
    assert stats.pids(None) == {}


def test_cpu_of_v1_is_in_nanoseconds(tmp_path):
    folder = put(
        tmp_path,
        cpuacct__usage="5000\n",
        cpuacct__usage_percpu="2000 3000 \n",
        cpuacct__stat="user 2\nsystem 1\n",
        cpu__stat="nr_periods 7\nnr_throttled 4\nthrottled_time 99\n",
    )
    assert stats.cpu_v1(folder, folder) == {
        "cpu_usage": {
            "total_usage": 5000,
            "usage_in_kernelmode": 10_000_000,
            "usage_in_usermode": 20_000_000,
            "percpu_usage": [2000, 3000],
        },
        "throttling_data": {"periods": 7, "throttled_periods": 4, "throttled_time": 99},
    }


def test_cpu_of_v2_turns_microseconds_into_nanoseconds(tmp_path):
    text = "usage_usec 5\nuser_usec 3\nsystem_usec 2\nnr_periods 1\nnr_throttled 1\nthrottled_usec 8\n"
    result = stats.cpu_v2(put(tmp_path, cpu__stat=text))
    assert result["cpu_usage"] == {"total_usage": 5000, "usage_in_kernelmode": 2000, "usage_in_usermode": 3000}
    assert result["throttling_data"]["throttled_time"] == 8000


def test_memory(tmp_path):
    folder = put(
        tmp_path,
        memory__usage_in_bytes="10\n",
        memory__max_usage_in_bytes="20\n",
        memory__stat="total_inactive_file 4\n",
        memory__failcnt="1\n",
        memory__limit_in_bytes="9223372036854771712\n",
    )
    result = stats.memory_of_v1(folder)
    assert result["limit"] == stats.machine_memory()
    assert (result["usage"], result["max_usage"], result["failcnt"]) == (10, 20, 1)
    assert result["stats"] == {"total_inactive_file": 4}


def test_memory_of_v2(tmp_path):
    folder = put(
        tmp_path, memory__current="10\n", memory__max="4096\n", memory__stat="anon 4\n", memory__events="oom 2\n"
    )
    assert stats.memory_of_v2(folder) == {"usage": 10, "stats": {"anon": 4}, "limit": 4096, "failcnt": 2}


def test_blkio_of_v1_leaves_the_total_out(tmp_path):
    text = "254:0 Read 100\n254:0 Write 50\nTotal 150\n"
    (tmp_path / "blkio.throttle.io_service_bytes_recursive").write_text(text)
    assert stats.blkio_v1(str(tmp_path))["io_service_bytes_recursive"] == [
        {"major": 254, "minor": 0, "op": "read", "value": 100},
        {"major": 254, "minor": 0, "op": "write", "value": 50},
    ]
    assert stats.blkio_v1(None)["io_time_recursive"] == []


def test_blkio_of_v2(tmp_path):
    result = stats.blkio_v2(put(tmp_path, io__stat="8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n8:1 \n"))
    assert [(e["op"], e["value"]) for e in result["io_service_bytes_recursive"]] == [("read", 1), ("write", 2)]
    assert result["io_serviced_recursive"] is None


def test_the_machine():
    usage, online = stats.machine_cpu()
    assert usage > 10**9 and online >= 1
