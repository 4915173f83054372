from hutch.runtime.cgroups.v2.delegate import missing


def test_only_what_is_offered_and_not_yet_passed_down():
    assert missing("cpu memory pids", "cpu", ("cpu", "io", "memory")) == ["memory"]
