from hutch.model.errors import StartFailed
from hutch.runtime.stages.failure import SandboxFailed


def test_a_report_becomes_an_error() -> None:
    failed = SandboxFailed.of({"stage": "exec", "errno": 2, "message": "gone", "exit_code": 127})
    assert isinstance(failed, StartFailed)
    assert (failed.stage, failed.errno, failed.exit_code, str(failed)) == ("exec", 2, 127, "gone")


def test_a_garbled_report_is_still_an_error() -> None:
    failed = SandboxFailed.of({"errno": "x"})
    assert (failed.errno, failed.exit_code) == (0, 125)
    assert str(failed)
