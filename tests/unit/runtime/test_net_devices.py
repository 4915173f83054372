import pytest

from hutch.model.errors import Invalid
from hutch.runtime import net_devices


def test_names_stay_unless_another_is_given() -> None:
    assert net_devices.names({"eth0": {"name": "lan"}, "eth1": {}, "eth2": None}) == {
        "eth0": "lan",
        "eth1": "eth1",
        "eth2": "eth2",
    }


@pytest.mark.parametrize(
    "value",
    [{"": {}}, {"eth0": {"name": "a/b"}}, {"a:b": {}}, {"x" * 16: {}}, {"a b": {}}, {"..": {}},
     {"eth0": {"name": "lan"}, "lan": {}}],
)  # fmt: skip
def test_names_that_no_interface_can_have_are_refused(value: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        net_devices.names(value)
