"""How a failed start is worded."""

from __future__ import annotations

import pytest

from hutch.engine.start_failure import failure, on_network
from hutch.model.errors import Conflict, Invalid, StartFailed, System

PREFIX = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
    "unable to start container process: "
)


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        ({"exit_code": 127, "message": 'exec: "nope": executable file not found in $PATH'}, Invalid,
         PREFIX + 'exec: "nope": executable file not found in $PATH'),
        ({"exit_code": 126, "message": 'exec: "/etc": is a directory'}, Invalid,
         PREFIX + 'exec: "/etc": is a directory: permission denied'),
        ({"exit_code": 126, "message": 'exec: "/x": permission denied'}, Invalid,
         PREFIX + 'exec: "/x": permission denied'),
        ({"exit_code": 125, "message": "no cgroup"}, StartFailed, PREFIX + "no cgroup"),
        ({"exit_code": 125, "message": "no mount", "inside": True}, StartFailed,
         PREFIX + "error during container init: no mount"),
    ],
)  # fmt: skip
def test_failures(event: dict[str, object], kind: type[Exception], text: str) -> None:
    error = failure(event)
    assert isinstance(error, kind)
    assert str(error) == text


def test_a_name_that_is_not_there_is_told_without_the_runtimes_words() -> None:
    error = failure({"event": "failed", "exit_code": 125, "message": "unable to find user who: no matching entries"})
    assert str(error) == "unable to find user who: no matching entries"


def test_another_runtimes_spelling_is_what_clients_look_for() -> None:
    error = failure({"event": "failed", "exit_code": 127, "message": "file `x` not found: No such file or directory"})
    assert "no such file or directory" in str(error)


def test_a_number_of_a_user_that_is_none_is_told_without_them_too() -> None:
    text = "uids and gids must be in range 0-2147483647"
    assert str(failure({"exit_code": 125, "message": text})) == text


def test_the_wrong_kind_of_place_for_a_mount_gets_the_hint_that_people_search_for() -> None:
    error = failure({"stage": "mount", "message": 'error mounting "/a" to rootfs at "/b": /b: not a directory'})
    assert isinstance(error, Invalid) and error.exit_code == 126  # type: ignore[attr-defined]
    assert str(error).endswith(
        "/b: not a directory: Are you trying to mount a directory onto a file (or vice-versa)? "
        "Check if the specified host path exists and is the expected type"
    )


def test_a_working_directory_that_is_a_file() -> None:
    error = failure({"stage": "cwd", "message": "mkdir /etc/passwd: not a directory", "exit_code": 126})
    assert isinstance(error, System) and str(error) == "Cannot mkdir: /etc/passwd is not a directory"


def test_what_the_network_says_is_told_as_its_own() -> None:
    with pytest.raises(Conflict) as caught, on_network():
        raise Conflict("port is taken")
    assert str(caught.value) == "failed to set up container networking: port is taken"
