from __future__ import annotations

import threading

from hutch.images.leases import Leases


def test_the_last_lease_does_what_a_collection_had_to_leave() -> None:
    called: list[str] = []
    leases = Leases(threading.RLock(), lambda: called.append("x"))
    with leases.layers(["a", "b"]), leases.layers(["a"]):
        assert leases.any and not leases.whole and leases.chains() == {"a", "b"}
    assert not leases.any and not called
    with leases.everything():
        with leases.layers(["c"]):
            leases.deferred = True
            assert leases.whole
        assert not called
    assert called == ["x"] and not leases.any
