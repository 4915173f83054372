import pytest

from hutch.model.errors import Invalid
from hutch.runtime import users

PASSWD = users.parse_passwd(
    "root:x:0:0::/root:/bin/sh\nalice:x:1000:1001::/home/alice:/bin/sh\nbad:x:4294967296:0::/:\n"
)
GROUP = users.parse_group("root:x:0:\nalice:x:1001:\nwheel:x:10:alice,bob\naudio:x:29:\n")


def resolve(spec: str, *extra: str) -> tuple[int, int, list[int], str]:
    return users.resolve(spec, extra, PASSWD, GROUP)


def test_by_name_with_the_groups_of_a_login() -> None:
    assert resolve("alice") == (1000, 1001, [1001, 10], "/home/alice")


def test_by_number_finds_the_entry() -> None:
    assert resolve("1000") == (1000, 1001, [1001, 10], "/home/alice")
    assert resolve("1234") == (1234, 0, [0], "/")


def test_an_explicit_group_replaces_the_listed_ones() -> None:
    assert resolve("alice:audio") == (1000, 29, [29], "/home/alice")
    assert resolve("alice:29", "wheel", "77") == (1000, 29, [29, 10, 77], "/home/alice")


def test_nothing_is_root() -> None:
    assert resolve("") == (0, 0, [0], "/root")


@pytest.mark.parametrize("spec", ["4294967296", "2147483648", "-1", "+1", "9" * 30, "٠", "١", "0:2147483648", "²"])
def test_numbers_out_of_range_are_never_names(spec: str) -> None:
    passwd = [(spec.partition(":")[0], 0, 0, "/root")]
    with pytest.raises(Invalid, match="range 0-2147483647"):
        users.resolve(spec, (), passwd, [])


@pytest.mark.parametrize("spec", ["nobody", "0x0", "alice:nogroup"])
def test_unknown_names_are_errors(spec: str) -> None:
    with pytest.raises(Invalid, match="no matching entries"):
        resolve(spec)


def test_lines_with_ids_out_of_range_are_left_out() -> None:
    assert [name for name, _, _, _ in PASSWD] == ["root", "alice"]
