from hutch.runtime.steps import identity
from hutch.runtime.steps.identity import SetCapabilities, SetUser


def test_capabilities_describe_themselves_by_name() -> None:
    assert SetCapabilities(0, 0b100001, 0, 0, 0).describe() == "capabilities: chown kill"
    assert SetCapabilities(0, 0, 0, 0, 0).describe() == "capabilities: none"
    assert SetCapabilities(0, 2**41 - 1, 0, 0, 0).describe() == "capabilities: all"


def test_a_user_by_number_or_by_name() -> None:
    assert SetUser(5, 6, (7, 8), None, None, ()).describe() == "uid 5, gid 6, groups 7,8"
    assert "user alice by" in SetUser(0, 0, (), None, "alice", ()).describe()


def test_every_limit_of_linux_has_a_number() -> None:
    words = "AS CORE CPU DATA FSIZE LOCKS MEMLOCK MSGQUEUE NICE NOFILE NPROC RSS RTPRIO RTTIME SIGPENDING STACK"
    assert sorted(identity.number_of(f"RLIMIT_{word}") for word in words.split()) == list(range(16))
    assert identity.number_of("RLIMIT_FOO") is None


def test_only_what_is_permitted_and_inheritable_is_raised() -> None:
    assert identity.SetCapabilities(7, 7, 6, 0, 7).raised() == 0
    assert identity.SetCapabilities(7, 7, 6, 3, 7).raised() == 2
