"""``info``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from hutch.engine import states
from hutch.engine.container import Container
from hutch.engine.events import Events
from hutch.engine.info import About, Info, parse_os_release
from hutch.engine.roster import Roster
from hutch.spec.machine import Machine
from hutch.storage.vfs import Vfs
from unit.engine.make import record, running


def test_counts_and_facts(tmp_path: Path) -> None:
    import asyncio

    async def run() -> None:
        roster, storage = Roster(), Vfs(str(tmp_path))
        for value in (record(1), running(2), states.paused(running(3))):
            roster.add(Container(value))
        about = About(
            identity="x", data_root="/d", default_runtime="hutch", runtimes={"hutch": {"path": "h"}}, log_driver="local"
        )
        facts = Machine(abilities=frozenset({"memory"}), apparmor=True)
        out = Info(roster=roster, events=Events(), storage=storage, machine=facts, about=about, images=lambda: 4).info()
        assert [out[f"Containers{kind}"] for kind in ("", "Running", "Paused", "Stopped")] == [3, 1, 1, 1]
        assert (out["Images"], out["Driver"], out["LoggingDriver"]) == (4, "vfs", "local")
        assert (out["MemoryLimit"], out["SwapLimit"]) == (True, False)
        assert "WARNING: No swap limit support" in out["Warnings"]
        assert "name=seccomp,profile=builtin" in out["SecurityOptions"]
        assert "name=apparmor" not in out["SecurityOptions"]
        assert any("docker-default is not loaded" in line for line in out["Warnings"])
        storage.close()

    asyncio.run(run())


def test_os_release() -> None:
    assert parse_os_release('# x\nPRETTY_NAME="Debian 12"\nVERSION_ID=12\n\n') == {
        "PRETTY_NAME": "Debian 12",
        "VERSION_ID": "12",
    }


def test_registries_are_shown_without_passwords() -> None:
    from hutch.engine.info import _registries, _without_password

    plain = About(identity="", data_root="", default_runtime="", runtimes={}, log_driver="")
    rules = {"q.io": (["m.x/q"], True)}
    shown = _registries(
        msgspec.structs.replace(plain, mirrors=["https://m"], insecure=["a.b:5000", "10.0.0.0/8"], registries=rules)
    )
    assert shown["IndexConfigs"]["q.io"] == {"Name": "q.io", "Mirrors": ["m.x/q"], "Secure": False, "Official": False}
    assert shown["Mirrors"] == ["https://m/"] == shown["IndexConfigs"]["docker.io"]["Mirrors"]
    assert shown["IndexConfigs"]["a.b:5000"]["Secure"] is False
    assert shown["InsecureRegistryCIDRs"] == ["::1/128", "127.0.0.0/8", "10.0.0.0/8"]
    assert _registries(plain)["Mirrors"] is None
    assert _without_password("http://me:pw@p:1") == "http://xxxxx:xxxxx@p:1"
    assert _without_password("p:1") == "p:1" and _without_password("") == ""
