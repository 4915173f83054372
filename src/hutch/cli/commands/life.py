"""``hutch stop``, ``restart``, ``kill``, ``pause``, ``unpause`` and ``wait``: one request for each container named."""

from __future__ import annotations

from hutch.cli.command import Command
from hutch.cli.each import each

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags
    from hutch.cli.main import Context

_NAMES = "CONTAINER [CONTAINER...]"
_END = """\
signal,s string signal that stops the container
timeout,t int seconds from the signal to the kill
time ~int old name of --timeout
"""


def _command(verb: str, flags: str = "") -> Command:
    """The command that asks for ``verb`` and prints the names of the containers it was done to."""

    def run(context: Context, given: Flags, arguments: list[str]) -> int:
        client, query = context.client, _query(verb, given)
        return each(arguments, lambda name: client.request("POST", f"/containers/{name}/{verb}", query).read())

    return Command(f"[OPTIONS] {_NAMES}" if flags else _NAMES, flags, run)


def _query(verb: str, flags: Flags) -> dict[str, str | None] | None:
    if verb == "kill":
        return {"signal": flags.text("signal") or "KILL"}
    if "timeout" not in flags.known:
        return None
    given = "timeout" in flags or "time" in flags
    time = str(flags.number("timeout", flags.number("time"))) if given else None
    return {"signal": flags.text("signal"), "t": time}


def _wait(context: Context, flags: Flags, arguments: list[str]) -> int:
    """Waits for each container and prints its exit code."""
    del flags
    client = context.client
    return each(
        arguments,
        lambda name: client.json("POST", f"/containers/{name}/wait"),
        show=lambda _, answer: str(answer["StatusCode"]),  # type: ignore[index]
    )


stop = _command("stop", _END)
restart = _command("restart", _END)
kill = _command("kill", "signal,s string signal to send\n")
pause = _command("pause")
unpause = _command("unpause")
wait = Command(_NAMES, "", _wait)
