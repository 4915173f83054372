"""``ExitStack`` and ``suppress`` as contextlib has them, without the import of it.

That loads collections, functools and more besides, which takes the runtime as long as the rest of its start-up calls
together. What this has behaves alike; what it lacks, nobody here needs.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Any, Protocol, Self, TypeVar

    Entered = TypeVar("Entered", covariant=True)

    class Context(Protocol[Entered]):
        """What ``with`` takes."""

        def __enter__(self) -> Entered: ...

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
        ) -> bool | None: ...


class ExitStack:
    """Calls what was pushed on it, the last first, when its block ends: all of it, also after one has failed."""

    __slots__ = ("_pushed",)

    def __init__(self) -> None:
        self._pushed: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []

    def callback(self, function: Callable[..., object], *args: Any) -> None:
        """Call ``function(*args)`` at the end."""
        self._pushed.append((function, args))

    def enter_context(self, context: Context[Entered]) -> Entered:
        """Enter ``context`` now and leave it at the end. It must not swallow errors."""
        entered = context.__enter__()
        self._pushed.append((context.__exit__, (None, None, None)))
        return entered

    def pop_all(self) -> ExitStack:
        """Another stack with all that was pushed; this one forgets it."""
        other = ExitStack()
        other._pushed, self._pushed = self._pushed, []
        return other

    def close(self) -> None:
        """Do it now."""
        self.__exit__(None, None, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failed: BaseException | None = None
        while self._pushed:
            function, args = self._pushed.pop()
            try:
                function(*args)
            except BaseException as err:
                err.__context__ = failed or error
                failed = err
        if failed is not None:
            raise failed


class suppress:
    """A block in which these errors are no errors."""

    __slots__ = ("_errors",)

    def __init__(self, *errors: type[BaseException]) -> None:
        self._errors = errors

    def __enter__(self) -> None:
        return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return kind is not None and issubclass(kind, self._errors)
