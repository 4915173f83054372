from hutch.runtime.steps.devices import DEFAULT_DEVICES, MakeDevice


def test_the_default_nodes_are_those_of_the_specification() -> None:
    assert [path for path, _, _ in DEFAULT_DEVICES] == [
        f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")
    ]


def test_a_node_or_a_bind() -> None:
    made = MakeDevice("/dev/null", "c", 1, 3, 0o666, 0, 0, False)
    assert made.describe() == "device node /dev/null (c 1:3, mode 666)"
    assert "bind" in MakeDevice("/dev/null", "c", 1, 3, 0o666, 0, 0, True).describe()
