"""The error of a child that could not become the container's process."""

from __future__ import annotations

from hutch.model.errors import StartFailed


class SandboxFailed(StartFailed):
    """What a child reported over its channel: the ``stage`` of the plan that failed, and ``errno`` (0: none).

    ``inside``: it was the container's own first process that failed.
    """

    def __init__(self, message: str, *, stage: str, errno: int = 0, exit_code: int = 125) -> None:
        super().__init__(message, exit_code=exit_code)
        self.stage = stage
        self.errno = errno
        self.inside = False

    @classmethod
    def of(cls, message: dict[str, object]) -> SandboxFailed:
        """From a ``failed`` event."""
        errno, code = message.get("errno"), message.get("exit_code")
        return cls(
            str(message.get("message") or "the container's init failed"),
            stage=str(message.get("stage") or "init"),
            errno=errno if isinstance(errno, int) else 0,
            exit_code=code if isinstance(code, int) else 125,
        )
