import pytest

from hutch.model.errors import Invalid
from hutch.spec.cpuset import check, parse, show


def test_lists():
    assert parse("0-2,7", "cpus") == {0, 1, 2, 7} and parse("", "cpus") == set()
    assert show({0, 1, 2, 7}) == "0-2,7" and show(set()) == ""


@pytest.mark.parametrize("text", ["0-2147483647", "8193", "0-99999999999999999999", "9" * 60000])
def test_huge_ranges_are_refused_without_being_expanded(text):
    """CVE-2018-20699."""
    with pytest.raises(Invalid, match="value of out range, maximum is 8192"):
        parse(text, "cpus")


@pytest.mark.parametrize("text", ["a", "1-", "-1", "3-1", ",", "1,,2", "٣", "0x1", " 1", "1-2-3"])
def test_malformed_lists_are_refused(text):
    with pytest.raises(Invalid, match="invalid format"):
        parse(text, "mems")


def test_what_is_not_there_is_named():
    with pytest.raises(Invalid, match="Requested CPUs are not available - requested 9, available: 0-1"):
        check("9", "cpus", "CPUs", {0, 1})
