from pathlib import Path

import pytest

from hutch.runtime.step import StepFailed
from hutch.runtime.steps import execute


def make(path: Path, mode: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)


def test_the_first_executable_in_the_path_is_found(tmp_path: Path) -> None:
    make(tmp_path / "a" / "tool", 0o644)
    make(tmp_path / "b" / "tool", 0o755)
    assert execute.find("tool", f"{tmp_path}/a:{tmp_path}/b") == str(tmp_path / "b" / "tool").encode()


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("none", 'exec: "none": executable file not found in $PATH', 127),
        ("", 'exec: "": executable file not found in $PATH', 127),
        ("/no/such", 'exec: "/no/such": stat /no/such: no such file or directory', 127),
        ("/etc", 'exec: "/etc": is a directory', 126),
        ("/etc/passwd", 'exec: "/etc/passwd": permission denied', 126),
    ],
)
def test_what_cannot_run_says_why(name: str, text: str, code: int) -> None:
    with pytest.raises(StepFailed) as caught:
        execute.find(name, "/usr/bin")
    assert (caught.value.message, caught.value.exit_code) == (text, code)


def test_a_directory_inside_the_root_is_accepted() -> None:
    execute.inside_root()
