"""``hutch wait``."""

from __future__ import annotations

from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

USAGE = "CONTAINER [CONTAINER...]"
FLAGS = ""
ARGUMENTS: tuple[int, int | None] = (1, None)
INTERSPERSED = True


def run(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Waits for each container and prints its exit code."""
    del flags
    client = context.client
    return each(
        arguments,
        lambda name: client.json("POST", f"/containers/{name}/wait"),
        show=lambda _, answer: str(answer["StatusCode"]),  # type: ignore[index]
    )
