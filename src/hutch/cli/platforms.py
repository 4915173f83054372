"""``--platform`` of commands about images: as the engine takes it, a JSON object (OCI image index, platform)."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.cli.flags import Flags


def as_json(text: str) -> str:
    """``linux/arm64/v8`` as JSON; raises :class:`CommandError` for what names no platform."""
    from hutch.cli.errors import CommandError
    from hutch.model import json_text, platform
    from hutch.model.errors import Invalid

    try:
        found = platform.parse(text)
    except Invalid as error:
        raise CommandError(f"invalid platform: {error.message}") from None
    value = {"architecture": found.architecture, "os": found.os}
    if found.variant:
        value["variant"] = found.variant
    return json_text.encode(value)


def query(flags: Flags) -> dict[str, str]:
    """The parameter of a request, if the flag was given."""
    text = flags.text("platform")
    return {"platform": as_json(text)} if text else {}
