"""Applies the rules of ``firewall``: through nftables where the kernel has it, else through iptables, else not at all.

The static table is loaded once when the daemon starts, by ``nft``; ports come and go as raw map elements. The
programs are called by absolute path with an empty environment.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from hutch.linux import programs
from hutch.linux.netlink import nftables
from hutch.linux.netlink.socket import NETFILTER, Netlink
from hutch.model.errors import System, Unavailable
from hutch.network.firewall import (
    TABLE,
    Policy,
    Published,
    elements,
    iptables_hooks,
    render_iptables,
    render_nft,
    render_nft_removal,
)

_PART = 1000
_PATHS = ("/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin")


class Filter(Protocol):
    """What the bridge needs of a packet filter."""

    name: str

    def reset(self, published: Iterable[Published]) -> None:
        """Bring our table to exactly the policy and these ports."""
        ...

    def publish(self, ports: Iterable[Published]) -> None: ...
    def withdraw(self, ports: Iterable[Published]) -> None: ...


def program(name: str) -> str | None:
    """The absolute path of a system program."""
    return next((f"{folder}/{name}" for folder in _PATHS if os.access(f"{folder}/{name}", os.X_OK)), None)


def choose(policy: Policy, *, enabled: bool, backend: str = "") -> Filter:
    """The packet filter for this host: ``backend`` (nftables, iptables), or whichever there is.

    With one named, what another daemon may have left in the other goes. Raises Unavailable if rules are wanted and no
    tool can make them.
    """
    if not enabled:
        return NoFilter()
    nft, restore, iptables = program("nft"), program("iptables-restore"), program("iptables")
    new = NftFilter(policy, nft) if nft and _nftables_in_kernel() else None
    old = IptablesFilter(policy, restore, iptables) if restore and iptables else None
    wanted, other = (old, new) if backend == "iptables" else (new, old)
    if backend and wanted is not None and other is not None:
        other.remove()
    if backend and wanted is None:
        raise Unavailable(f"--firewall-backend={backend}: this host has none", hint=f"install {backend}")
    found: Filter | None = wanted or other
    if found is not None:
        return found
    raise Unavailable(
        "no packet filter: neither nft with a kernel that has nftables nor iptables was found",
        hint="install nftables, or start with --iptables=false --bridge=none",
    )


def _nftables_in_kernel() -> bool:
    probe = [nftables.Element("probe", b"\0\0\0\0")]
    try:
        with Netlink(NETFILTER) as netlink:
            netlink.request(nftables.remove_elements("hutch-probe", probe))
    except OSError as error:
        # ENOENT: nftables answered that there is no such table.
        return error.errno == errno.ENOENT
    return True


def _run(argv: list[str], text: str = "") -> None:
    """Run a program with ``text`` on its input. Raises System with what it said.

    One that fails without a word is run again, twice at most: nft has done so under load, for no reason it gives.
    Every ``text`` here replaces what is there, so once more does no harm.
    """
    for attempt in (1, 2, 3):
        done = programs.run(argv, given=text.encode(), environment={}, timeout=60)
        if not done.returncode:
            return
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if said or attempt == 3:
            raise System(f"{os.path.basename(argv[0])} failed: {said[0] if said else f'exit code {done.returncode}'}")


class NftFilter:
    """Our table in nftables."""

    name = "nftables"

    def __init__(self, policy: Policy, nft: str) -> None:
        self._policy = policy
        self._nft = nft

    def reset(self, published: Iterable[Published]) -> None:
        """Replace the table, the ports' elements included, in one transaction."""
        _run([self._nft, "-f", "-"], render_nft(self._policy, published))

    def remove(self) -> None:
        """Remove the table."""
        _run([self._nft, "-f", "-"], render_nft_removal())

    def _elements(self, ports: Iterable[Published]) -> list[nftables.Element]:
        proxied = self._policy.userland_proxy
        found = [e for binding, address in ports for e in elements(binding, address, userland_proxy=proxied)]
        return list(dict.fromkeys(found))

    def publish(self, ports: Iterable[Published]) -> None:
        """Add the ports' elements; if the table was flushed away by somebody, OSError says so."""
        with Netlink(NETFILTER) as netlink:
            for some in _parts(self._elements(ports)):
                netlink.request(nftables.add_elements(TABLE, some))

    def withdraw(self, ports: Iterable[Published]) -> None:
        """Remove the ports' elements; what is gone already is fine."""
        with Netlink(NETFILTER) as netlink:
            for some in _parts(self._elements(ports)):
                if not _removed(netlink, some):
                    for element in some:
                        _removed(netlink, [element])


def _parts(found: list[nftables.Element]) -> list[list[nftables.Element]]:
    """So many at a time as can be sent at once."""
    return [found[i : i + _PART] for i in range(0, len(found), _PART)]


def _removed(netlink: Netlink, some: list[nftables.Element]) -> bool:
    """Whether all of them were there, and are removed now."""
    try:
        netlink.request(nftables.remove_elements(TABLE, some))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        return False
    return True


class IptablesFilter:
    """Our chains in iptables, for kernels without nftables."""

    name = "iptables"

    def __init__(self, policy: Policy, restore: str, iptables: str) -> None:
        self._policy = policy
        self._restore = restore
        self._iptables = iptables
        self._published: list[Published] = []

    def reset(self, published: Iterable[Published]) -> None:
        """Write our chains anew and make sure that the built-in ones jump to them, once."""
        self._published = list(published)
        self._write()
        for table, builtin, ours in iptables_hooks():
            jump = [self._iptables, "--wait", "-t", table]
            try:
                _run([*jump, "-C", builtin, "-j", ours])
            except System:
                _run([*jump, "-I", builtin, "-j", ours])

    def remove(self) -> None:
        """Remove our chains and the jumps to them, if they are there."""
        for table, builtin, ours in iptables_hooks():
            for words in (("-D", builtin, "-j", ours), ("-F", ours), ("-X", ours)):
                with suppress(System):  # there is no such rule or chain
                    _run([self._iptables, "--wait", "-t", table, *words])

    def _write(self) -> None:
        _run([self._restore, "--wait", "--noflush"], render_iptables(self._policy, self._published))

    def publish(self, ports: Iterable[Published]) -> None:
        """Add ports."""
        added = [p for p in ports if p not in self._published]
        if added:
            self._published += added
            self._write()

    def withdraw(self, ports: Iterable[Published]) -> None:
        """Take ports away."""
        gone = set(ports)
        if gone:
            self._published = [p for p in self._published if p not in gone]
            self._write()


class NoFilter:
    """``--iptables=false``: no rules; published ports are served by the userland proxy alone."""

    name = "none"

    def reset(self, published: Iterable[Published]) -> None:
        """Nothing to do."""

    def publish(self, ports: Iterable[Published]) -> None:
        """Nothing to do."""

    def withdraw(self, ports: Iterable[Published]) -> None:
        """Nothing to do."""
