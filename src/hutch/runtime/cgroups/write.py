"""One planned write to a control file, and how it is carried out."""

from __future__ import annotations

import errno
import os

from hutch.model.errors import System, Unsupported


class Write:
    """``value`` is to be written to ``file`` of ``controller``.

    ``instead`` is another file and value for kernels that spell the knob differently: used when ``file`` is missing.
    ``optional`` writes are left out when neither file exists.
    """

    __slots__ = ("controller", "file", "instead", "optional", "value")

    def __init__(
        self,
        controller: str,
        file: str,
        value: int | str,
        *,
        instead: tuple[str, int | str] | None = None,
        optional: bool = False,
    ) -> None:
        self.controller = controller
        self.file = file
        self.value = str(value)
        self.instead = None if instead is None else (instead[0], str(instead[1]))
        self.optional = optional

    def describe(self) -> tuple[str, str]:
        """(file, value), as shown in a plan."""
        return self.file, self.value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Write) and all(getattr(self, s) == getattr(other, s) for s in self.__slots__)

    def __hash__(self) -> int:
        return hash((self.controller, self.file, self.value))

    def __repr__(self) -> str:
        return f"Write({self.file!r}, {self.value!r})"


def read(path: str) -> str:
    """The text of a control file. Raises OSError with the path."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        chunks = []
        while chunk := os.read(fd, 65536):
            chunks.append(chunk)
    finally:
        os.close(fd)
    return b"".join(chunks).decode("ascii", "replace")


def read_or(path: str, default: str) -> str:
    """The text of a control file, ``default`` when this kernel has no such file."""
    try:
        return read(path)
    except OSError as e:
        if e.errno in (errno.ENOENT, errno.ENODEV, errno.EOPNOTSUPP):
            return default
        raise


def put(path: str, value: str) -> None:
    """Write ``value`` in one write(2), as control files require. Raises OSError with the path."""
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(fd, value.encode())
    except OSError as e:
        raise OSError(e.errno, e.strerror, path) from None
    finally:
        os.close(fd)


def execute(writes: list[Write], folders: dict[str, str]) -> None:
    """Carry out a plan; ``folders`` maps each controller to the folder of this cgroup in its hierarchy.

    Some knobs are checked against each other by the kernel (memory and memory+swap, period and quota, burst and
    quota), and which order is right depends on the values there are: a write refused with EINVAL or EBUSY is tried
    once more after the others. Raises Unsupported for a missing controller or file, System for a refused value; both
    name the file and the value.
    """
    again = []
    for write in writes:
        try:
            _attempt(write, folders)
        except OSError as e:
            if e.errno not in (errno.EINVAL, errno.EBUSY):
                raise _refused(write, e) from e
            again.append(write)
    for write in again:
        try:
            _attempt(write, folders)
        except OSError as e:
            raise _refused(write, e) from e


def _attempt(write: Write, folders: dict[str, str]) -> None:
    folder = folders.get(write.controller)
    if folder is None:
        if write.optional:
            return
        raise Unsupported(
            f"cannot set {write.file} to {write.value!r}: the cgroup controller {write.controller} is not available",
            hint="mount it, or leave the limit out",
        )
    choices = [(write.file, write.value)] + ([write.instead] if write.instead else [])
    for name, value in choices:
        try:
            put(f"{folder}/{name}", value)
            return
        except FileNotFoundError:
            continue
    if write.optional:
        return
    if not os.path.isdir(folder):
        raise System(f"cannot write {write.value!r} to {folder}/{write.file}: the cgroup does not exist")
    raise Unsupported(
        f"cannot write {write.value!r} to {folder}/{write.file}: no such file",
        hint=f"the kernel lacks it, or the controller {write.controller} is not delegated to this cgroup",
    )


def _refused(write: Write, e: OSError) -> System:
    where = e.filename if isinstance(e.filename, str) else write.file
    return System(f"cannot write {write.value!r} to {where}: {(e.strerror or str(e)).lower()}")
