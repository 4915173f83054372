"""How a command ends badly. Only ``main.py`` prints these and turns them into exit codes."""

from __future__ import annotations


class CommandError(Exception):
    """A message for standard error (may be empty) and the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class FlagError(CommandError):
    """A flag that is unknown or malformed: the usage line follows the message, exit code 125."""

    def __init__(self, message: str) -> None:
        super().__init__(message, 125)


class ArgumentError(CommandError):
    """A wrong number of arguments, or an unknown command: the usage line follows the message."""


class EngineError(CommandError):
    """The engine answered a request with an error; ``status`` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Error response from daemon: {message}")
        self.status = status
        self.reason = message


class NoEngine(CommandError):
    """No engine listens at the address."""


class OptionError(CommandError):
    """Flags of ``run`` or ``create`` that were read but cannot be meant so."""

    def __init__(self, message: str, code: int = 125) -> None:
        super().__init__(message, code)


class Unsupported(CommandError):
    """A flag of Docker's that this product does not serve (yet)."""

    def __init__(self, flag: str, why: str = "") -> None:
        super().__init__(f"{flag} is not supported by hutch yet" + (f": {why}" if why else ""), 125)
