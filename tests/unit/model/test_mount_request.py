from hutch.model.mount_request import MountPoint, MountRequest
from hutch.model.wire import decode, encode

ASKED = {
    "Type": "tmpfs",
    "Target": "/t",
    "TmpfsOptions": {"SizeBytes": 5, "Mode": 0o1777, "Options": [["noexec"], ["size", "1m"]]},
}


def test_a_request_is_shown_as_it_was_asked():
    assert encode(decode(MountRequest, ASKED)) == ASKED


def test_a_mount_point_shows_its_access():
    shown = encode(MountPoint(type="bind", source="/s", destination="/d", rw=True))
    assert shown == {"Type": "bind", "Source": "/s", "Destination": "/d", "Mode": "", "RW": True, "Propagation": ""}
