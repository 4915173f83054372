"""A network and a mount namespace of our own, held open by one process, for a daemon under test."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

_END = """exec 2> /dev/null; set +e
for turn in 1 2 3; do
  for each in /proc/[0-9]*; do
    if [ $each/ns/mnt -ef /proc/self/ns/mnt ] && [ $each != /proc/$$ ]; then
      kill -9 ${each#/proc/}
    fi
  done
done"""
"""Kill everybody in our mount namespace."""


class Space:
    """Mounts and links made inside are seen by nobody else, and end with the holder.

    Control groups stay visible (``ip netns exec`` would hide them), and ``/run`` is empty inside. The holder ends when
    this process does, however that happens: its standard input is our pipe. Without :meth:`close` it then kills all
    that are inside.
    """

    def __init__(self, network: bool = True, last: str = "") -> None:
        """Without ``network`` it stays in the machine's, for what has to fetch packages.

        ``last`` is a shell command for when this process ends without :meth:`close`.
        """
        script = (
            "mount -t tmpfs run /run && mkdir /run/netns && mount -t tmpfs netns /run/netns && "
            f"mount --make-shared /run/netns && echo ready && {{ read nothing || {{ {_END}; {last or ':'}; }}; }}"
        )
        spaces = ["--mount", "--propagation", "slave"]
        if network:
            script, spaces = f"ip link set lo up && {script}", ["--net", *spaces]
        self._holder = subprocess.Popen(
            ["unshare", *spaces, "sh", "-ec", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # what ends the test run is not meant for it: it ends after the daemon
        )
        assert self._holder.stdout is not None
        assert self._holder.stdout.readline() == b"ready\n", "no namespaces for the daemon under test"
        self.pid = self._holder.pid

    def inside(self, *command: str) -> list[str]:
        """``command`` as it is run inside."""
        return ["nsenter", "-t", str(self.pid), "--mount", "--net", "--", *command]

    def processes(self) -> dict[int, str]:
        """Who is in our mount namespace (daemon, launcher, keepers, proxies), by pid, without the holder."""
        ours = os.readlink(f"/proc/{self.pid}/ns/mnt")
        found = {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) == self.pid:
                continue
            try:
                if os.readlink(f"/proc/{entry}/ns/mnt") == ours:
                    found[int(entry)] = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def mounts(self) -> list[str]:
        """Mount points inside, one entry a mount, without the machine's own, which come and go inside too."""
        left = _points(f"/proc/{self.pid}/mountinfo")
        for point in _points("/proc/self/mountinfo"):
            if point in left:
                left.remove(point)
        return left

    def links(self) -> list[str]:
        """Names of the network links inside."""
        done = subprocess.run(self.inside("ip", "-o", "link"), capture_output=True, text=True, check=True)
        return sorted(line.split()[1].rstrip(":").partition("@")[0] for line in done.stdout.splitlines())

    def close(self) -> None:
        """End the holder: what is mounted or linked inside goes with it."""
        assert self._holder.stdin is not None and self._holder.stdout is not None
        self._holder.stdin.write(b"well\n")
        self._holder.stdin.close()
        self._holder.wait(10)
        self._holder.stdout.close()


def _points(mountinfo: str) -> list[str]:
    return sorted(line.split()[4] for line in Path(mountinfo).read_text().splitlines())


def until(condition: Callable[[], object], seconds: float = 10.0) -> bool:
    """Whether ``condition`` becomes true within ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
