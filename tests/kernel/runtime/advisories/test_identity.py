"""Who the container's process is: capabilities, user and groups, from files that the image has written."""

import os
import shutil
import subprocess
from typing import Any

import pytest

from suites.guards import Guard, guarded

pytestmark = pytest.mark.kernel


def fields(status: str, prefix: str) -> dict[str, str]:
    return dict(line.split(":\t") for line in status.splitlines() if line.startswith(prefix))


@guarded(
    Guard(
        "runtime/steps/identity.py",
        "self.effective, self.permitted, self.inheritable)\n",
        "self.effective, self.permitted, self.permitted)\n",
    )
)
@pytest.mark.parametrize("uid", [0, 1000])
def test_capabilities_are_exactly_those_configured_cve_2022_24769_2022_29162(box: Any, uid: int) -> None:
    wanted = f"{1 << 0 | 1 << 5 | 1 << 7 | 1 << 1:016x}"
    none = "0" * 16
    box.config["process"]["user"] = {"uid": uid, "gid": uid}
    held = none if uid else wanted
    expected = {"CapInh": none, "CapPrm": held, "CapEff": held, "CapBnd": wanted, "CapAmb": none}
    assert fields(box.run("cat", "/proc/self/status").stdout, "Cap") == expected
    box.create("sleep", "60")
    box.call("start", box.name)
    assert fields(box.call("exec", box.name, "cat", "/proc/self/status").stdout, "Cap") == expected


def test_inheritable_capabilities_of_the_caller_do_not_arrive_cve_2022_24769(box: Any) -> None:
    capsh = shutil.which("capsh")
    if capsh is None:
        pytest.skip("needs capsh")
    box.write("cat", "/proc/self/status")
    command = [*box.runtime, "--root", str(box.folder / "state"), "run", "-b", str(box.folder / "bundle"), box.name]
    result = subprocess.run(
        [capsh, "--inh=cap_chown,cap_kill", "--", "-c", 'exec "$@"', "sh", *command],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert fields(result.stdout, "CapInh") == {"CapInh": "0" * 16}, result.stderr


@guarded(
    Guard(
        "runtime/users.py",
        "        listed = [number for _, number, members in groups if name and name in members]\n",
        "        listed = []\n",
    ),
    Guard("runtime/users.py", "    supplementary = [gid]\n", "    supplementary: list[int] = []\n"),
)
@pytest.mark.parametrize(
    ("user", "groups"),
    [("alice", {1001, 10}), ("1000", {1001, 10}), ("1000:1001", {1001}), ("alice:wheel", {10}), ("", {0})],
)
def test_groups_are_those_of_a_login_cve_2022_36109_2023_25173(box: Any, user: str, groups: set[int]) -> None:
    """The primary group is among the supplementary ones, so that a file closed to a group is closed to its members."""
    box.config["process"]["user"] = {"uid": 0, "gid": 0, "username": user}
    status = box.run("cat", "/proc/self/status").stdout
    assert {int(g) for g in fields(status, "Groups")["Groups"].split()} == groups


@guarded(
    Guard(
        "runtime/users.py",
        '        raise Invalid(f"uids and gids must be in range 0-{MAX_ID}")\n    return int(digits)\n',
        "        return None\n    return int(digits)\n",
    )
)
@pytest.mark.parametrize("user", ["4294967296", "2147483648", "-1", "+0", "1" + "0" * 20, "٠"])
def test_numbers_out_of_range_are_no_names_cve_2024_40635_2026_46680(box: Any, user: str) -> None:
    """The image has an entry of that very name, with uid 0."""
    (box.rootfs / "etc" / "passwd").write_text(f"{user}:x:0:0::/root:/bin/sh\n")
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": user}
    result = box.run("id", "-u")
    assert result.stdout == ""
    assert result.returncode != 0
    assert "range" in result.stderr


@pytest.mark.parametrize("user", ["0x0", "0_0", "1e9", "nobody"])
def test_what_is_no_user_is_refused_cve_2026_46680(box: Any, user: str) -> None:
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": user}
    result = box.run("id", "-u")
    assert (result.stdout, result.returncode != 0) == ("", True)
    assert f"unable to find user {user}" in result.stderr


@guarded(Guard("runtime/users.py", "        if not stat.S_ISREG(status.st_mode):\n", "        if False:\n"))
def test_a_fifo_as_passwd_does_not_hang_cve_2024_9676_2026_47262(box: Any) -> None:
    (box.rootfs / "etc" / "passwd").unlink()
    os.mkfifo(box.rootfs / "etc" / "passwd")
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": "alice"}
    assert "not a regular file" in box.run("true").stderr


@guarded(Guard("runtime/users.py", "        if status.st_size > _MAX_FILE:\n", "        if False:\n"))
def test_a_huge_passwd_is_refused_cve_2026_47262(box: Any) -> None:
    with (box.rootfs / "etc" / "passwd").open("wb") as file:
        file.truncate(10 << 30)
    box.config["process"]["user"] = {"uid": 1, "gid": 1, "username": "alice"}
    assert "larger than 10 MB" in box.run("true").stderr


def test_a_config_of_any_length_keeps_its_namespaces_cve_2021_43784(box: Any) -> None:
    """70,000 bytes of mounts and variables: all namespaces are still the container's own."""
    box.config["process"]["env"] += [f"V{i}={'x' * 200}" for i in range(1500)]
    out = box.run("sh", "-c", "for n in mnt pid net ipc uts; do readlink /proc/self/ns/$n; done").stdout.split()
    hosts = {os.readlink(f"/proc/self/ns/{kind}") for kind in ("mnt", "pid", "net", "ipc", "uts")}
    assert len(out) == 5
    assert not hosts & set(out)
