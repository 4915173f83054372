"""Why a container did not start, in the words that Docker's clients know and choose exit codes by. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hutch.model.errors import HutchError, Invalid, StartFailed, System

Json = dict[str, Any]
_PREFIX = "failed to create task for container: failed to create shim task: OCI runtime create failed: "
# dockerd looks names up itself, before it asks any runtime
_BY_THE_ENGINE = ("unable to find user ", "unable to find group ", "Unable to find group ", "uids and gids must be ")
_ERRNO_WORDS = ("No such file or directory", "Permission denied", "Is a directory")
_PROCESS = "runc create failed: unable to start container process: "
_INSIDE = "error during container init: "
_WRONG_KIND = (
    "Are you trying to mount a directory onto a file (or vice-versa)? "
    "Check if the specified host path exists and is the expected type"
)


@contextmanager
def on_network() -> Iterator[None]:
    """What is raised meanwhile keeps its kind, and is told as a failure of the network."""
    try:
        yield
    except HutchError as error:
        error.message = f"failed to set up container networking: {error.message}"
        raise


def failure(event: Json) -> HutchError:
    """The error for a ``failed`` event, worded so that clients find the exit code in it, as in Docker's."""
    code = int(event.get("exit_code") or 125)
    message = str(event.get("message") or "unknown error")
    if message.startswith(_BY_THE_ENGINE):
        return Invalid(message)
    folder, separator, _ = message.removeprefix("mkdir ").partition(": not a directory")
    if event.get("stage") == "cwd" and separator:
        return System(f"Cannot mkdir: {folder} is not a directory")
    if code == 126 and "permission denied" not in message and "not a directory" not in message:
        message += ": permission denied"
    where = _INSIDE if event.get("inside") else ""
    text = message if message.startswith(_PREFIX) else f"{_PREFIX}{_PROCESS}{where}{message}"
    for words in _ERRNO_WORDS:  # crun writes them as strerror(3) does, and clients look for Go's spelling
        text = text.replace(words, words.lower())
    if "not a directory" in text:
        return NotExecutable(f"{text}: {_WRONG_KIND}", 126)
    return NotExecutable(text, code) if code in (126, 127) else StartFailed(text, exit_code=128)


class NotExecutable(Invalid):
    """The command cannot be run (126) or is not there (127): the request's fault, HTTP 400."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code
