from hutch.model.host_config import DeviceRequest, HostConfig, Ulimit
from hutch.model.wire import decode, encode


def test_pointers_keep_zero_apart_from_absent():
    assert encode(decode(HostConfig, {"PidsLimit": 0, "Init": False, "OomKillDisable": False}))["Init"] is False
    assert decode(HostConfig, {}).pids_limit is None and decode(HostConfig, {"PidsLimit": 0}).pids_limit == 0


def test_names_of_parts():
    assert encode(Ulimit("nofile", 2, 1)) == {"Name": "nofile", "Hard": 2, "Soft": 1}
    assert list(encode(DeviceRequest())) == ["Driver", "Count", "DeviceIDs", "Capabilities", "Options"]
