"""The running daemon: opens listeners, serves, reloads, and ends; everything else is built elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import functools
import gc
import os
import signal
import socket
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from hutch import __version__
from hutch.api import table, versions
from hutch.api.http.connection import Connection
from hutch.api.server import Server
from hutch.daemon import listeners, premises, settings, wiring
from hutch.model.errors import HutchError

if TYPE_CHECKING:
    from hutch.api.backends import Backends
    from hutch.daemon.config import Config
    from hutch.daemon.listeners import Address
    from hutch.daemon.logbook import Logbook

GRACE = 5.0  # seconds that answers under way have when the daemon ends
ACCEPTED = 8
"""Clients that are let in at once, before any of them is looked at: it takes six rounds to refuse one."""
REFUSAL = 0.05
"""Seconds for the request of a client that is refused: many read no answer before they have sent it."""
FORCING = 3  # this many signals to end force it


class Service:
    """One daemon from its start to its end."""

    def __init__(self, config: Config, logbook: Logbook, flags: dict[str, Any]) -> None:
        self._config = config
        self._log = logbook
        self._flags = flags
        self._connections: set[Connection] = set()
        self._most = premises.MAX_CONNECTIONS
        self._ending = asyncio.Event()
        self._signals = 0

    async def run(self) -> None:
        """Serve until told to end. Raises ``hutch.model.errors`` kinds or OSError if it cannot start."""
        config, loop = self._config, asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        async with contextlib.AsyncExitStack() as undo:
            premises.folder(config.data_root, premises.DATA_MODE)
            premises.folder(config.exec_root, premises.EXEC_MODE)
            undo.callback(os.close, premises.lock(config.data_root))
            premises.write_pid(config.pidfile)
            undo.callback(premises.remove_pid, config.pidfile)
            backends = await wiring.build(config)
            self._most = premises.most_connections()
            undo.push_async_callback(self._close, backends)
            server = Server(
                table.routes(backends),
                release=__version__,
                report=self._log.fault,
                minimum=versions.parse(config.min_api_version) or versions.OLDEST,
            )
            for listener in await self._listen(server):
                undo.callback(listener.close)
            loop.add_signal_handler(signal.SIGHUP, lambda: self._start_reload(backends))
            loop.add_signal_handler(signal.SIGUSR1, self._dump)
            gc.collect()
            gc.freeze()  # what is there now stays: the collector need not look at it in the middle of a request
            self._notify("READY=1")
            self._log.info("Daemon has completed initialization")
            await self._ending.wait()
            self._notify("STOPPING=1")
            self._log.info("Processing signal to end")

    def _end(self) -> None:
        self._signals += 1
        if self._signals >= FORCING:
            self._log.warn("forcing the end of the daemon without shutdown")
            os._exit(128 + signal.SIGTERM)
        self._ending.set()

    # Listening.

    async def _listen(self, server: Server) -> list[asyncio.Server]:
        open_now: list[asyncio.Server] = []
        for address in listeners.addresses(self._config):
            guard = None if address.kind == "unix" else self._own_names(address)
            for opened in self._open(address):
                encrypted = opened.family != socket.AF_UNIX and self._config.tls.enabled
                local = guard if opened.family != socket.AF_UNIX else None
                factory = functools.partial(self._protocol, server, local, self._context() if encrypted else None)
                loop = asyncio.get_running_loop()
                if opened.family == socket.AF_UNIX:
                    open_now.append(await loop.create_unix_server(factory, sock=opened, backlog=ACCEPTED))
                else:
                    open_now.append(await loop.create_server(factory, sock=opened, backlog=ACCEPTED))
                opened.listen(listeners.BACKLOG)  # for asyncio it is the same number
                self._log.info(f"API listen on {address.path or f'{address.host}:{address.port}'}")
        return open_now

    def _open(self, address: Address) -> list[socket.socket]:
        if address.kind == "unix":
            return [listeners.open_unix(address.path, self._config.group, self._log.warn)]
        if address.kind == "fd":
            return listeners.take_passed(address.path, os.environ)
        if not self._config.tls.enabled:
            self._log.warn(
                "[DEPRECATION NOTICE]: API is accessible on "
                f"http://{address.host}:{address.port} without encryption. Access to the remote API is equivalent to "
                "root access on the host. Use --tlsverify, or a unix socket"
            )
        elif not self._config.tls.verify:
            self._log.warn("the API on TCP asks for no client certificate: whoever connects is root. Use --tlsverify")
        return listeners.open_tcp(address.host, address.port)

    def _own_names(self, address: Address) -> Collection[str]:
        return frozenset((address.host.lower(), socket.gethostname().lower(), "localhost"))

    def _context(self) -> Any:
        from hutch.api.http import tls

        files = self._config.tls
        return tls.server_context(files.cert, files.key, files.ca, verify=files.verify)

    def _protocol(self, server: Server, guard: Collection[str] | None, context: Any) -> asyncio.Protocol:
        serve = functools.partial(server.serve, guard=guard)
        if context is None:
            return self._connection(serve)
        from hutch.api.http import tls

        return tls.TlsProtocol(context, lambda: self._connection(serve))

    def _connection(self, serve: Any) -> Connection:
        connection = Connection(serve, self._log.fault, self._connections.discard)
        self._connections.add(connection)
        if (many := len(self._connections) - self._most) > 0:
            connection.refusal = REFUSAL if many <= 4 * ACCEPTED else 0.0
            self._log.warn(f"more than {self._most} connections: refusing one")
        return connection

    # Reloading and ending.

    def _start_reload(self, backends: Backends) -> None:
        self._reload = asyncio.ensure_future(self._take_over(backends))

    async def _take_over(self, backends: Backends) -> None:
        """SIGHUP: read the file again and take over what may change while running."""
        self._notify("RELOADING=1")
        try:
            fresh = settings.load(self._flags, os.environ)
            settings.take_reloadable(self._config, fresh)
            self._log.set_level("debug" if self._config.debug else self._config.log_level)
            await backends.lifecycle.reload(self._config.describe())
            self._log.info("Reloaded configuration", file=self._config.config_file)
        except (HutchError, OSError) as error:
            self._log.error(f"could not reload the configuration: {error}")
        self._notify("READY=1")

    async def _close(self, backends: Backends) -> None:
        """Let answers under way end, then the rooms below. Attached clients are the keepers' and stay."""
        for connection in list(self._connections):
            connection.shut()
        waiting = [asyncio.ensure_future(connection.finished()) for connection in self._connections]
        if waiting:
            await asyncio.wait(waiting, timeout=GRACE)
        await backends.lifecycle.close(
            stop_containers=not self._config.live_restore, timeout=self._config.shutdown_timeout
        )

    def _dump(self) -> None:
        """SIGUSR1: what every thread and task is doing, into a file in the exec root."""
        name = f"stacks-{os.getpid()}-{int(asyncio.get_running_loop().time() * 1000)}.log"
        path = os.path.join(self._config.exec_root, name)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w") as file:
            faulthandler.dump_traceback(file=file, all_threads=True)
            for task in asyncio.all_tasks():
                task.print_stack(file=file)
        self._log.info(f"stacks written to {path}")

    def _notify(self, state: str) -> None:
        """Tell systemd (sd_notify(3)), if it asked to be told."""
        path = os.environ.get("NOTIFY_SOCKET", "")
        if not path:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(state.encode(), "\0" + path[1:] if path.startswith("@") else path)
