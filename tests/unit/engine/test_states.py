"""What may follow what, and Docker's words when it may not."""

from __future__ import annotations

import pytest

from hutch.engine import states
from hutch.engine.record import State, with_state
from hutch.model.errors import Conflict, NotModified, System
from unit.engine.make import record, running

ID = f"{1:064x}"


def test_a_whole_life() -> None:
    made = record()
    up = states.started(made, 42, 7)
    assert (up.state.status, up.state.pid, up.state.started_at, up.has_run) == ("running", 42, 7, True)
    down = states.exited(up, 3, True, 9)
    assert (down.state.status, down.state.pid, down.state.exit_code, down.state.oom_killed) == ("exited", 0, 3, True)
    again = states.started(down, 43, 11)
    assert (again.state.exit_code, again.state.oom_killed, again.state.finished_at) == (0, False, 0)


def test_a_failed_start_leaves_it_where_it_was() -> None:
    assert states.start_failed(record(), 127, "no").state.status == "created"
    failed = states.start_failed(states.exited(running(), 0, False, 1), 127, "no")
    assert (failed.state.status, failed.state.exit_code, failed.state.error) == ("exited", 127, "no")


def test_start() -> None:
    states.check_start(record())
    with pytest.raises(NotModified):
        states.check_start(running())
    with pytest.raises(Conflict, match="cannot start a paused container, try unpause instead"):
        states.check_start(states.paused(running()))
    with pytest.raises(Conflict, match="marked for removal"):
        states.check_start(states.removing(record()))


def test_kill_pause_and_exec_of_what_does_not_run() -> None:
    with pytest.raises(Conflict, match=f"^cannot kill container: web: container {ID} is not running$"):
        states.check_kill(record(), "web")
    with pytest.raises(Conflict, match=f"^container {ID} is not running$"):
        states.check_pause(record())
    with pytest.raises(Conflict, match=f"^container {ID} is not running$"):
        states.check_exec(record(), "web")
    with pytest.raises(System, match=f"^Container {ID} is not paused$"):
        states.check_unpause(running())


def test_paused() -> None:
    frozen = states.paused(running())
    with pytest.raises(Conflict, match=f"^Container {ID} is already paused$"):
        states.check_pause(frozen)
    with pytest.raises(Conflict, match=r"^Container web is paused, unpause the container before exec$"):
        states.check_exec(frozen, "web")
    with pytest.raises(Conflict, match="is paused, unpause"):
        states.check_attach(frozen)
    states.check_unpause(frozen)
    assert states.unpaused(frozen).state.status == "running"


def test_remove() -> None:
    states.check_remove(record(), force=False)
    states.check_remove(running(), force=True)
    with pytest.raises(Conflict, match='cannot remove container "c1": container is running: stop the container'):
        states.check_remove(running(), force=False, ref="c1")
    with pytest.raises(Conflict, match="container is paused and must be unpaused first"):
        states.check_remove(states.paused(running()), force=False)
    with pytest.raises(Conflict, match="already in progress"):
        states.check_remove(states.removing(record()), force=True)


def test_restarting_counts() -> None:
    waiting = states.restarting(states.exited(running(), 1, False, 2))
    assert (waiting.state.status, waiting.restart_count, waiting.state.exit_code) == ("restarting", 1, 1)
    with pytest.raises(Conflict, match="is restarting, wait until"):
        states.check_exec(waiting, "web")


def test_an_end_during_removal_does_not_undo_it() -> None:
    going = with_state(running(), status="removing")
    assert states.exited(going, 0, False, 1).state.status == "removing"
    assert states.dead(going, "stuck").state == State(status="dead", pid=77, error="stuck", started_at=1_000_000_000)


def test_exit_codes() -> None:
    assert states.exit_code(3, 0) == 3
    assert states.exit_code(0, 9) == 137
