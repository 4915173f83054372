from hutch.runtime.steps.terminal import OpenTerminal, OwnStreams


def test_descriptions() -> None:
    assert "90x30" in OpenTerminal(30, 90, True).describe()
    assert "/dev/console" not in OpenTerminal(0, 0, False).describe()
    assert OwnStreams(5).describe() == "standard streams belong to uid 5"
