"""Steps that write kernel settings, always through a detached procfs of our own.

A path such as /proc/sys/... in the container could be covered by the image or another container, and the write
redirected (CVE-2025-52881). A detached procfs has no path; the file is opened beneath it without following any link
or mount.
"""

from __future__ import annotations

import os

from hutch.linux import mount, paths
from hutch.runtime.step import Inside, Step, StepFailed, own_procfs, strerror

_SAFE = paths.RESOLVE_BENEATH | paths.RESOLVE_NO_XDEV | paths.RESOLVE_NO_SYMLINKS | paths.RESOLVE_NO_MAGICLINKS


def write(inside: Inside, name: str, value: str) -> None:
    """Write ``value`` to the file ``name`` of our own procfs. Raises OSError."""
    fd = paths.openat2(own_procfs(inside), name, os.O_WRONLY, 0, _SAFE)
    try:
        if mount.filesystem_magic(fd) != mount.PROC_SUPER_MAGIC:
            raise OSError(22, "not a file of procfs", name)
        os.write(fd, value.encode())
    finally:
        os.close(fd)


class SetSysctl(Step):
    """Set one kernel parameter of the container's namespaces."""

    __slots__ = ("key", "value")
    stage = "sysctl"
    reference = "proc(5), /proc/sys"

    def __init__(self, key: str, value: str) -> None:
        self.key = key
        self.value = value

    def describe(self) -> str:
        return f"sysctl {self.key} = {self.value}"

    def execute(self, inside: Inside) -> None:
        try:
            write(inside, "sys/" + file_of(self.key), self.value)
        except OSError as err:
            raise StepFailed(f"open sysctl {self.key} file: {strerror(err)}", err.errno or 0) from err


def file_of(key: str) -> str:
    """The file below /proc/sys of a key; dots separate, or slashes if the first separator is one (sysctl(8))."""
    slash, dot = key.find("/"), key.find(".")
    if slash >= 0 and (dot < 0 or slash < dot):
        return key
    return key.translate({ord("."): "/", ord("/"): "."})


_IPC = ("kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax",
        "kernel.shmmni", "kernel.shm_rmid_forced")  # fmt: skip


def check_sysctl(key: str, namespaces: frozenset[str]) -> str:
    """Why a sysctl may not be set, or "". Only keys of namespaces that the container has for itself. Pure.

    ``namespaces``: those it has of its own. A key that is no plain name
    could smuggle in a second one (CVE-2022-0811).
    """
    plain = file_of(key)
    if not plain or not all(c.isascii() and (c.isalnum() or c in "._-/@:") for c in plain) or ".." in plain.split("/"):
        return f"sysctl {key!r} is not a valid name"
    dotted = plain.translate({ord("."): "/", ord("/"): "."})
    if dotted in _IPC or dotted.startswith("fs.mqueue."):
        return "" if "ipc" in namespaces else f'sysctl "{key}" is not allowed in the hosts ipc namespace'
    if dotted.startswith("net."):
        return "" if "network" in namespaces else f'sysctl "{key}" not allowed in host network namespace'
    if dotted == "kernel.domainname":
        return "" if "uts" in namespaces else f'sysctl "{key}" is not allowed in the hosts uts namespace'
    if dotted == "kernel.hostname":
        return f'sysctl "{key}" conflicts with the OCI field "hostname"'
    if dotted.startswith("user."):
        return "" if "user" in namespaces else f'sysctl "{key}" is not allowed in the hosts user namespace'
    return f'sysctl "{key}" is not in a separate kernel namespace'


class SetAppArmor(Step):
    """The AppArmor profile that the next execve enters."""

    __slots__ = ("profile",)
    stage = "apparmor"
    reference = "apparmor(7), /proc/self/attr/apparmor/exec"

    def __init__(self, profile: str) -> None:
        self.profile = profile

    def describe(self) -> str:
        return f"AppArmor profile {self.profile}"

    def execute(self, inside: Inside) -> None:
        thread = f"{os.getpid()}/task/{os.getpid()}/attr"
        try:
            try:
                write(inside, f"{thread}/apparmor/exec", f"exec {self.profile}")
            except FileNotFoundError:
                write(inside, f"{thread}/exec", f"exec {self.profile}")
        except OSError as err:
            raise StepFailed(
                f"unable to apply apparmor profile: {self.profile}: {strerror(err)}", err.errno or 0
            ) from err


class SetSelinux(Step):
    """The SELinux label that the next execve enters."""

    __slots__ = ("label",)
    stage = "selinux"
    reference = "selinux(8), /proc/self/attr/exec"

    def __init__(self, label: str) -> None:
        self.label = label

    def describe(self) -> str:
        return f"SELinux label {self.label}"

    def execute(self, inside: Inside) -> None:
        try:
            write(inside, f"{os.getpid()}/task/{os.getpid()}/attr/exec", self.label)
        except OSError as err:
            raise StepFailed(
                f"unable to apply the selinux label {self.label}: {strerror(err)}", err.errno or 0
            ) from err
