import pytest

from hutch.model.errors import Invalid
from hutch.runtime.cgroups.page_size import checked


def test_a_size():
    assert checked("2MB") == "2MB"


@pytest.mark.parametrize("size", ["", "MB", "../2MB", "2mb", "2", "²MB"])
def test_what_is_no_size_never_reaches_a_file_name(size):
    with pytest.raises(Invalid):
        checked(size)
