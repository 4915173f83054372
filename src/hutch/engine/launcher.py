"""The engine's side of the launcher: the small process that forks the keepers (docs/map.md, "Launcher").

It is started when it is absent, in a session of its own, and outlives the daemon. When it dies a new one is started
with the next request; keepers do not depend on it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress

from hutch.engine.keeper import connect
from hutch.engine.packets import Json, Packets
from hutch.linux import programs
from hutch.model.errors import HutchError, Unavailable

PATIENCE = 30.0
"""Seconds for a launcher to begin to listen: much, for a machine that is emulated or swaps."""
POOL = 4
"""Sandboxes that are kept parked."""
GREETINGS = 3
"""Launchers that are met before the daemon gives up: one that dies, one of another version, and its successor."""


class _NotThisOne(HutchError):
    """The launcher that was met goes, or is gone; what follows it may serve."""


class Launcher:
    """The daemon's connection to its launcher.

    ``command`` starts one, which listens at ``path`` when the command returns. One of another ``version`` is sent
    away. Parked sandboxes have their cgroups below ``cgroup_parent``.
    """

    def __init__(
        self, path: str, command: Sequence[str], version: str, *, cgroup_parent: str, pool: int = POOL
    ) -> None:
        self._path = path
        self._command = tuple(command)
        self._version = version
        self._cgroup_parent = cgroup_parent
        self._pool = pool
        self._packets: Packets | None = None
        self._opening = asyncio.Lock()
        self._parked: list[str] = []
        self.claimed: list[str] = []
        """Parked ids that containers of the former daemon had drawn, as the launcher said when it was met."""

    async def open(self) -> None:
        """Connect, starting a launcher when there is none. Raises Unavailable."""
        await self._connected()

    def draw(self) -> str | None:
        """The id of a parked sandbox, which now belongs to the caller; None when there is none."""
        packets = self._packets
        if packets is None or packets.closed or not self._parked:
            return None
        container = self._parked.pop(0)
        try:
            packets.send({"op": "claim", "id": container})
        except Unavailable:  # it died and we are the first to see it: what was parked died with it
            self._parked.clear()
            return None
        return container

    def forgo(self, container: str) -> None:
        """The container that drew a parked id is no more: its sandbox is given up."""
        packets = self._packets
        if packets is not None and not packets.closed:
            with suppress(Unavailable):  # gone, and its parked sandboxes with it
                packets.send({"op": "forgo", "id": container})

    async def create(self, container: str, bundle: str, keeper: Json, fds: Sequence[int] = ()) -> socket.socket:
        """Fork a keeper for the bundle, with the stream that ``keeper["attach"]`` is about in ``fds``; its control
        socket. Raises the error kind the launcher names.
        """
        packets = await self._connected()
        message = {"op": "create", "id": container, "bundle": bundle, "keeper": keeper}
        packets.hold(1)
        try:
            answer, got = await packets.ask(message, fds)
        finally:
            packets.hold(0)
        if not got:
            raise Unavailable(f"the launcher gave no keeper for container {container}: {answer}")
        for fd in got[1:]:
            os.close(fd)
        return socket.socket(fileno=got[0])

    async def clean(self, cgroup: str) -> None:
        """Kill and remove what a dead keeper left in ``cgroup``.

        What ended the keeper may have ended the launcher too, which is seen only when it is asked: the next one
        does it as well. Raises Unavailable, System.
        """
        for attempt in (1, 2, 3):
            packets = await self._connected()
            try:
                await packets.ask({"op": "clean", "cgroup": cgroup})
                return
            except Unavailable:
                if attempt == 3 or not packets.closed:
                    raise

    async def retire(self) -> None:
        """Send the launcher away and let go of it: for an end of the daemon with nothing left to keep."""
        packets = self._packets
        if packets is not None and not packets.closed:
            with suppress(HutchError, TimeoutError):  # it is gone already, or ends by itself later
                await asyncio.wait_for(packets.ask({"op": "retire"}), PATIENCE)
        self.close()

    def close(self) -> None:
        """Let go of the connection; the launcher lives on."""
        packets, self._packets = self._packets, None
        if packets is not None:
            packets.close()

    async def _connected(self) -> Packets:
        packets = self._packets
        if packets is not None and not packets.closed:
            return packets
        async with self._opening:
            if self._packets is not None and not self._packets.closed:
                return self._packets
            refused = HutchError("")
            for _ in range(GREETINGS):
                try:
                    self._packets = await self._greet(await self._socket())
                    return self._packets
                except _NotThisOne as error:
                    refused = error
            raise Unavailable(f"the launcher at {self._path} does not serve", hint=str(refused))

    async def _greet(self, sock: socket.socket) -> Packets:
        """The connection, if the launcher is of our version; one of another is sent away.

        Raises _NotThisOne when the next connection meets another launcher, Unavailable when it says nothing.
        """
        self._parked.clear()
        packets = Packets(sock, "the launcher", self._event, self._parked.clear)
        try:
            answer, _ = await asyncio.wait_for(packets.ask({"op": "hello"}), PATIENCE)
            if answer.get("version") != self._version:
                await asyncio.wait_for(packets.ask({"op": "retire"}), PATIENCE)
                await asyncio.sleep(0.05)
                raise _NotThisOne("it is of another version and does not make room")
            self._parked[:] = [str(name) for name in answer.get("parked") or ()]
            self.claimed = [str(name) for name in answer.get("claimed") or ()]
            packets.send({"op": "ready", "count": self._pool, "cgroup_parent": self._cgroup_parent})
        except TimeoutError:
            packets.close()
            raise Unavailable(f"the launcher at {self._path} does not answer within {PATIENCE:g} s") from None
        except HutchError as error:  # killed, it may still take a connection until the kernel has closed its socket
            packets.close()
            raise _NotThisOne(str(error)) from None
        return packets

    async def _socket(self) -> socket.socket:
        try:
            return connect(self._path)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        except OSError as error:
            raise Unavailable(f"cannot reach the launcher at {self._path}: {error.strerror}") from None
        await asyncio.to_thread(self._spawn)
        try:
            return connect(self._path)
        except OSError as error:
            raise Unavailable(f"the launcher does not listen at {self._path}: {error.strerror}") from None

    def _spawn(self) -> None:
        """Start a launcher; its command returns when it listens. Raises Unavailable with what it says."""
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        if "HUTCH_FAIL" in os.environ:
            env["HUTCH_FAIL"] = os.environ["HUTCH_FAIL"]
        try:
            done = programs.run(self._command, environment=env, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"the launcher did not start within {PATIENCE:g} s") from None
        except OSError as error:
            raise Unavailable(f"cannot start the launcher {self._command[0]}: {error.strerror}") from None
        if done.returncode:
            raise Unavailable(f"the launcher did not start: {done.stderr.decode(errors='replace').strip()}")

    def _event(self, message: Json, fds: list[int]) -> None:
        for fd in fds:
            os.close(fd)
        if message.get("event") == "parked":
            name = str(message.get("id"))
            if name not in self._parked:
                self._parked.append(name)
        elif message.get("event") == "given-up" and (name := str(message.get("id"))) in self._parked:
            self._parked.remove(name)
