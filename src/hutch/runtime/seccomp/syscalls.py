"""System call numbers of the architectures a filter may speak of.

``syscalls.tsv`` holds them as facts of the kernel's headers, one column an architecture; "-" where an architecture
has no such call. Numbers of x32 carry its marking bit.
"""

from __future__ import annotations

import os

from hutch.model.errors import Invalid

X32_BIT = 0x40000000


class Arch:
    """``audit`` is the kernel's AUDIT_ARCH_ value; ``wide`` whether arguments are compared as 64 bits."""

    __slots__ = ("audit", "column", "name", "wide")

    def __init__(self, name: str, audit: int, column: int, wide: bool) -> None:
        self.name = name
        self.audit = audit
        self.column = column
        self.wide = wide


ARCHES = {
    "SCMP_ARCH_X86_64": Arch("x86_64", 0xC000003E, 1, True),
    "SCMP_ARCH_X86": Arch("x86", 0x40000003, 2, False),
    "SCMP_ARCH_X32": Arch("x32", 0xC000003E, 3, False),
    "SCMP_ARCH_AARCH64": Arch("aarch64", 0xC00000B7, 4, True),
    "SCMP_ARCH_ARM": Arch("arm", 0x40000028, 5, False),
}
_FOREIGN = frozenset(
    "SCMP_ARCH_" + name
    for name in (
        *("MIPS", "MIPS64", "MIPS64N32", "MIPSEL", "MIPSEL64", "MIPSEL64N32", "PPC", "PPC64", "PPC64LE", "S390"),
        *("S390X", "PARISC", "PARISC64", "RISCV64", "LOONGARCH64", "M68K", "SH", "SHEB"),
    )
)
# The calls that i386 can also make through socketcall(2) and ipc(2): their number there.
SOCKETCALL = {
    name: number
    for number, name in enumerate(
        (
            *("socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send"),
            *("recv", "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4"),
            *("recvmmsg", "sendmmsg"),
        ),
        1,
    )
}
IPC = {
    name: number
    for number, name in (
        *((1, "semop"), (2, "semget"), (3, "semctl"), (4, "semtimedop"), (11, "msgsnd"), (12, "msgrcv")),
        *((13, "msgget"), (14, "msgctl"), (21, "shmat"), (22, "shmdt"), (23, "shmget"), (24, "shmctl")),
    )
}

_tables: dict[int, dict[str, int]] = {}


def native() -> str:
    """The SCMP_ARCH_ name of this machine. Raises Invalid on others than x86-64 and arm64."""
    machine = os.uname().machine
    names = {"x86_64": "SCMP_ARCH_X86_64", "aarch64": "SCMP_ARCH_AARCH64"}
    if machine not in names:
        raise Invalid(f"seccomp filters are not supported on {machine}")
    return names[machine]


def known(names: list[str]) -> list[Arch]:
    """The architectures of a config. Those of machines that this program cannot run on are left out: no process here
    can make their calls. Raises Invalid for a name that is no architecture."""
    result = []
    for name in names:
        if name in ARCHES:
            result.append(ARCHES[name])
        elif name not in _FOREIGN:
            raise Invalid(f"invalid seccomp architecture: {name}")
    return result


def table(arch: Arch) -> dict[str, int]:
    """Name to number on this architecture."""
    if not _tables:
        for known_arch in ARCHES.values():
            _tables[known_arch.column] = {}
        path = os.path.join(os.path.dirname(__file__), "syscalls.tsv")
        with open(path, encoding="ascii") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                if fields[0][0] == "#":
                    continue
                for column, numbers in _tables.items():
                    if fields[column] != "-":
                        numbers[fields[0]] = int(fields[column])
    return _tables[arch.column]
