from __future__ import annotations

import threading

import pytest

from hutch.images.room import Room


def test_a_room_can_grow_and_shrink() -> None:
    room = Room(1)
    assert room.enter(0) and not room.enter(0)
    room.resize(2)
    assert room.enter(0)
    room.resize(1)
    room.leave()
    assert not room.enter(0)
    room.leave()
    assert room.enter(0)


def test_who_waits_for_a_room_hears_that_it_grew() -> None:
    room, entered = Room(0), threading.Event()
    thread = threading.Thread(target=lambda: room.enter(10) and entered.set())
    thread.start()
    room.resize(1)
    assert entered.wait(5)
    thread.join()


def test_a_place_is_given_back_and_waiting_can_be_given_up() -> None:
    room = Room(1)

    def leave() -> None:
        raise KeyError

    with room.place(leave), pytest.raises(KeyError), room.place(leave):
        pass
    with pytest.raises(ValueError), room.place(leave):
        raise ValueError
    assert room.enter(0)
