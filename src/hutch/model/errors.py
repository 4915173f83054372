"""The kinds of error every room raises.

An error is raised where it is known, with a message that names the thing, in lower case and without a full stop, as
Docker writes them. It is translated in two places only: ``api/errors.py`` (kind to HTTP status) and ``cli/main.py``
(kind to exit code). Nobody logs and raises.
"""

from __future__ import annotations

import errno

NO_SPACE_HINT = "remove containers, images or volumes that are not needed, which works without any"
NO_FILES_HINT = "hutchd has as many as its limit allows (ulimit -n, LimitNOFILE of a systemd unit)"
SHORTAGES = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))
"""The kernel has no more of something just now: nothing is wrong with what it was asked for."""


class HutchError(Exception):
    """An error with a kind, a message for people, and optionally a hint what to do about it."""

    kind = "system"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class Invalid(HutchError):
    """The request itself is wrong (HTTP 400)."""

    kind = "invalid"


class Unauthorized(HutchError):
    """Credentials are missing or wrong (HTTP 401)."""

    kind = "unauthorized"


class Forbidden(HutchError):
    """Not allowed, whoever asks (HTTP 403)."""

    kind = "forbidden"


class NotFound(HutchError):
    """The named thing does not exist (HTTP 404)."""

    kind = "not-found"


class Conflict(HutchError):
    """The thing's state or name forbids the request (HTTP 409)."""

    kind = "conflict"


class NotModified(HutchError):
    """Nothing to do: already in the wanted state (HTTP 304)."""

    kind = "not-modified"


class Unsupported(HutchError):
    """A documented request that this engine, kernel or configuration cannot serve (HTTP 501)."""

    kind = "unsupported"


class Unavailable(HutchError):
    """Something needed is not there at the moment (HTTP 503)."""

    kind = "unavailable"


class System(HutchError):
    """The kernel or a file system said no (HTTP 500)."""

    kind = "system"


class NoSpace(System):
    """A file system is full (HTTP 500). ``path`` is what could not be written; the words are those of write(2)."""

    kind = "no-space"

    def __init__(self, path: str) -> None:
        super().__init__(f"write {path}: no space left on device", hint=NO_SPACE_HINT)


class StartFailed(System):
    """A container's process could not be started; ``exit_code`` as Docker's (125, 126, 127)."""

    kind = "start-failed"

    def __init__(self, message: str, *, exit_code: int = 125, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


def from_kind(kind: str, message: str) -> HutchError:
    """The error of the given kind, for messages that crossed a process border; unknown kinds become ``System``."""
    for cls in (Invalid, Unauthorized, Forbidden, NotFound, Conflict, NotModified, Unsupported, Unavailable):
        if cls.kind == kind:
            return cls(message)
    return System(message)
