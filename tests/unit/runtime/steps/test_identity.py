from hutch.runtime.steps.identity import SetCapabilities, SetUser


def test_capabilities_describe_themselves_by_name() -> None:
    assert SetCapabilities(0, 0b100001, 0, 0, 0).describe() == "capabilities: chown kill"
    assert SetCapabilities(0, 0, 0, 0, 0).describe() == "capabilities: none"
    assert SetCapabilities(0, 2**41 - 1, 0, 0, 0).describe() == "capabilities: all"


def test_a_user_by_number_or_by_name() -> None:
    assert SetUser(5, 6, (7, 8), None, None, ()).describe() == "uid 5, gid 6, groups 7,8"
    assert "user alice by" in SetUser(0, 0, (), None, "alice", ()).describe()
