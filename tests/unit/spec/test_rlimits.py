import pytest

from hutch.model.errors import Invalid
from hutch.model.host_config import Ulimit
from hutch.spec.rlimits import to_oci


def test_the_containers_limit_wins_over_the_daemons():
    limits = to_oci([Ulimit("nofile", 2, 1)], [Ulimit("nofile", 9, 9), Ulimit("core", 0, 0)])
    assert limits == [
        {"type": "RLIMIT_NOFILE", "hard": 2, "soft": 1},
        {"type": "RLIMIT_CORE", "hard": 0, "soft": 0},
    ]


def test_minus_one_is_unlimited():
    assert to_oci([Ulimit("memlock", -1, -1)]) == [{"type": "RLIMIT_MEMLOCK", "hard": 2**64 - 1, "soft": 2**64 - 1}]


@pytest.mark.parametrize(
    "ulimit", [Ulimit("foo", 1, 1), Ulimit("nofile", 2, 3), Ulimit("nofile", 2, -1), Ulimit("cpu", -2, -2)]
)
def test_nonsense_is_refused(ulimit):
    with pytest.raises(Invalid):
        to_oci([ulimit])
