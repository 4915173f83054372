"""Execs: their answers and their life before a keeper is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.exec import Asked, Execs, Process, _failure
from hutch.engine.record import Record
from hutch.engine.roster import Roster
from hutch.engine.start_failure import NotExecutable
from hutch.model.errors import Conflict, Invalid, NotFound, StartFailed
from unit.engine.make import record, running

FAILURES = [
    ('exec: "x": executable file not found in $PATH', 127, 127, ""),
    ('chdir to cwd ("/x") set in config.json failed: no such file or directory', 126, 127, ""),
    ('exec: "/etc/passwd": permission denied', 126, 126, ""),
    ('exec: "/etc": is a directory', 126, 126, ": permission denied"),
    ("no room", 125, 128, ""),
]


@pytest.mark.parametrize(("message", "told", "code", "more"), FAILURES)
def test_why_a_process_did_not_start(message: str, told: int, code: int, more: str) -> None:
    error = _failure({"message": message, "exit_code": told})
    assert error.message == f"OCI runtime exec failed: exec failed: unable to start container process: {message}{more}"
    assert isinstance(error, StartFailed | NotExecutable) and error.exit_code == code
    assert isinstance(error, Invalid) == (code in (126, 127))


class Nothing:
    """Builds empty processes."""

    def exec_process(self, record: Record, asked: Asked) -> dict[str, object]:
        return {"args": asked.cmd, "id": record.id}


def execs(value: Record, look_up: Callable[[str, str], None] = lambda _container, _user: None) -> Execs:
    roster = Roster()
    roster.reserve(value.name, value.id)
    roster.add(Container(value))
    return Execs(roster, Events(), Nothing(), look_up)


def test_as_inspect_shows_it() -> None:
    process = Process("c", Asked(cmd=["sleep", "5"], attach_stdout=True, user="www"))
    out = process.to_json()
    assert (out["Running"], out["ExitCode"], out["OpenStdout"], out["CanRemove"]) == (False, None, True, False)
    assert out["ProcessConfig"] == {
        "tty": False, "entrypoint": "sleep", "arguments": ["5"], "privileged": False, "user": "www",
    }  # fmt: skip
    assert process.command == "sleep 5"
    assert Process("c", Asked(cmd=["true"])).command == "true "  # dockerd's, too
    process.ended(3)
    assert (process.to_json()["ExitCode"], process.to_json()["CanRemove"]) == (3, True)


def test_create_and_its_refusals() -> None:
    async def run() -> None:
        up = execs(running())
        made = await up.create("c1", {"Cmd": ["ls"], "AttachStdout": True})
        assert up.inspect(made)["ContainerID"] == running().id
        with pytest.raises(Invalid, match=r"^No exec command specified$"):
            await up.create("c1", {"Cmd": []})
        with pytest.raises(Invalid):
            await up.create("c1", {"Cmd": "a\0b"})
        with pytest.raises(NotFound, match=r"^No such exec instance: zz$"):
            up.inspect("zz")
        with pytest.raises(Conflict, match="is not running"):
            await execs(record()).create("c1", {"Cmd": ["ls"]})

    asyncio.run(run())


def test_a_user_who_is_not_there_is_refused() -> None:
    def look_up(container: str, user: str) -> None:
        assert container == running().id
        if "who" in user:
            raise Invalid(f"unable to find user {user}: no matching entries in passwd file")

    async def run() -> None:
        up = execs(running(), look_up)
        for user, message in [
            ("who", "unable to find user who"),
            ("0:who", "unable to find user 0:who"),
            ("-1", "ids"),
        ]:
            with pytest.raises(Invalid, match=message):
                await up.create("c1", {"Cmd": ["ls"], "User": user})
        assert not up._all
        for user in ("", "root", "1:2"):
            await up.create("c1", {"Cmd": ["ls"], "User": user})

    asyncio.run(run())


def test_a_client_may_draw_the_id_and_wait_for_the_end() -> None:
    async def run() -> None:
        up, name = execs(running()), "ab" * 32
        assert await up.create("c1", {"Cmd": ["ls"]}, name) == name
        with pytest.raises(Conflict, match="exists already"):
            await up.create("c1", {"Cmd": ["ls"]}, name)
        with pytest.raises(Invalid, match="invalid exec id: short"):
            await up.create("c1", {"Cmd": ["ls"]}, "short")
        with pytest.raises(NotFound):
            await up.wait("cd" * 32)
        first, second = asyncio.ensure_future(up.wait(name)), asyncio.ensure_future(up.wait(name))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        up._all[name].ended(4)
        assert (await second, await up.wait(name)) == (4, 4)

    asyncio.run(run())
