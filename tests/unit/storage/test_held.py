from __future__ import annotations

import os

from hutch.storage.held import Held


def folder() -> int:
    return os.open("/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def test_what_is_held_is_not_mounted_again() -> None:
    made: list[int] = []

    def mount() -> int:
        made.append(folder())
        return made[-1]

    held = Held()
    path = held.path("a", mount)
    assert held.path("a", mount) == path == f"/proc/{os.getpid()}/fd/{made[0]}/." and len(made) == 1
    assert os.path.samefile(path, "/")
    held.drop("a")
    held.drop("a")
    assert not os.path.exists(path)
    held.path("a", mount)
    held.path("b", mount)
    held.close()
    assert len(made) == 3 and not any(os.path.exists(f"/proc/self/fd/{fd}") for fd in made)


def test_the_one_that_was_asked_for_the_longest_ago_goes() -> None:
    gone: list[str] = []
    held = Held(gone.append)
    for number in range(64):
        held.path(str(number), folder)
    held.path("0", folder)
    held.path("more", folder)
    assert gone == ["1"]
    held.let_go("none")
    held.drop("2")
    assert gone == ["1", "none"]
    held.close()
