import os

import pytest

from hutch.runtime.stages.channel import Closed, pair


def test_messages_descriptors_and_bytes_arrive() -> None:
    one, two = pair()
    read, write = os.pipe()
    one.send({"op": "x", "path": "a\udcff"}, (write,), b"\0\1blob")
    message, fds, blob = two.receive()
    assert (message, blob) == ({"op": "x", "path": "a\udcff"}, b"\0\1blob")
    os.write(fds[0], b"hi")
    assert os.read(read, 8) == b"hi"
    assert not os.get_inheritable(fds[0])
    for fd in (read, write, fds[0]):
        os.close(fd)
    one.close()
    two.close()


@pytest.mark.parametrize("size", [47 * 1024, 48 * 1024, 64 * 1024, 5_000_000])
def test_messages_of_any_size_arrive_whole(size: int) -> None:
    """CVE-2021-43784: a length must never overflow or split a message."""
    one, two = pair()
    one.send({"text": "x" * size})
    one.send({"next": 1})
    assert two.receive()[0] == {"text": "x" * size}
    assert two.receive()[0] == {"next": 1}
    one.close()
    two.close()


def test_a_closed_end_is_noticed() -> None:
    one, two = pair()
    one.close()
    with pytest.raises(Closed):
        two.receive()
    with pytest.raises(Closed):
        two.send({})
    two.close()


def test_the_last_words_are_heard_of_one_that_did_not_listen() -> None:
    """The kernel tells of the message that was never read before it hands out what was said."""
    one, two = pair()
    two.send({"op": "start"})
    one.send({"event": "failed"})
    one.close()
    assert two.receive()[0] == {"event": "failed"}
    with pytest.raises(Closed):
        two.receive()
    two.close()
