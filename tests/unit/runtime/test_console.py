import array
import os
import socket
import threading
from pathlib import Path

from hutch.runtime import console


def test_the_master_is_sent_over_the_console_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)
    master, slave = os.openpty()
    sender = threading.Thread(target=console.send, args=(path, master))
    sender.start()
    peer, _ = listener.accept()
    _, ancillary, _, _ = peer.recvmsg(64, socket.CMSG_SPACE(4))
    sender.join()
    got = array.array("i", ancillary[0][2])[0]
    os.write(slave, b"hi")
    assert os.read(got, 8) == b"hi"
    for fd in (got, master, slave):
        os.close(fd)
    peer.close()
    listener.close()
