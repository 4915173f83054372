"""Creates a container for ``run`` and ``create``: pulls the image if it must, writes the ID file."""

from __future__ import annotations

import sys

from hutch.cli.errors import CommandError, EngineError, OptionError, Unsupported

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from hutch.cli.client import Client
    from hutch.cli.flags import Flags

# How an engine's answer begins that has no such image, or none for the platform.
_NO_IMAGE = ("no such image", "image with reference ")


def _pull(client: Client, flags: Flags, image: str) -> None:
    from hutch.cli.progress import pull

    pull(client, image, flags.text("platform"), quiet=flags.on("quiet"), out=sys.stderr)


def _new_file(path: str) -> IO[str]:
    """The ID file, made; raises :class:`CommandError` if it is there already or cannot be."""
    try:
        return open(path, "x", encoding="ascii")
    except FileExistsError:
        raise CommandError(
            f"container ID file found, make sure the other container isn't running or delete {path}"
        ) from None
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise CommandError(f"failed to create the container ID file: open {path}: {reason}") from None


def _add_proxies(client: Client, body: dict[str, Any]) -> None:
    """The proxies that the user has for containers, but for those whose variables a flag sets or takes away."""
    given = {entry.partition("=")[0] for entry in body.get("Env") or ()}
    more = [e for e in client.preferences.proxies(client.address.text) if e.partition("=")[0] not in given]
    if more:
        body["Env"] = [*(body.get("Env") or ()), *more]


def _warn(body: dict[str, Any], flags: Flags) -> None:
    """Says what will not work as one may think."""
    host = body["HostConfig"]
    local = [address for address in host.get("Dns") or () if address.startswith("127.") or address == "::1"]
    if local:
        sys.stderr.write(f"WARNING: Localhost DNS ({local[0]}) may fail in containers.\n")
    if "kernel-memory" in flags:
        sys.stderr.write("WARNING: --kernel-memory has no effect: the kernel no longer has this limit.\n")


def create(client: Client, flags: Flags, body: dict[str, Any]) -> dict[str, Any]:
    """The answer to the create request; raises :class:`CommandError`."""
    policy = flags.text("pull") or "missing"
    if policy not in ("always", "missing", "never"):
        raise OptionError(f'invalid pull option: \'{policy}\': must be one of "always", "missing" or "never"')
    if not flags.on("disable-content-trust"):
        raise Unsupported("--disable-content-trust=false", "image signatures are not checked")
    if not body["Image"]:
        raise CommandError("invalid reference format")
    path = flags.text("cidfile")
    file = _new_file(path) if path else None
    try:
        answer = _create(client, flags, body, policy)
        if file is not None:
            file.write(answer["Id"])
    except BaseException:
        if file is not None:
            import os

            os.unlink(path)
        raise
    finally:
        if file is not None:
            file.close()
    for warning in answer.get("Warnings") or []:
        sys.stderr.write(f"WARNING: {warning}\n")
    _warn(body, flags)
    return answer


def _create(client: Client, flags: Flags, body: dict[str, Any], policy: str) -> dict[str, Any]:
    image = body["Image"]
    _add_proxies(client, body)
    if policy == "always":
        _pull(client, flags, image)
    query = {"name": flags.text("name"), "platform": _platform(flags)}
    try:
        answer = client.json("POST", "/containers/create", query, body)
    except EngineError as error:
        if error.reason.startswith("invalid reference format"):
            raise CommandError(error.reason) from None
        if error.status != 404 or policy != "missing" or not error.reason.lower().startswith(_NO_IMAGE):
            raise
        if not flags.on("quiet"):
            from hutch.cli.image_names import with_tag

            sys.stderr.write(f"Unable to find image '{with_tag(image)}' locally\n")
        _pull(client, flags, image)
        answer = client.json("POST", "/containers/create", query, body)
    found: dict[str, Any] = answer
    return found


def _platform(flags: Flags) -> str:
    """``--platform``, checked. Raises :class:`CommandError`."""
    text = flags.text("platform")
    if text:
        from hutch.model.errors import Invalid
        from hutch.model.platform import parse

        try:
            parse(text)
        except Invalid as error:
            raise CommandError(f"error parsing specified platform: {error.message}") from None
    return text


def print_plan(steps: list[dict[str, Any]]) -> None:
    """Prints every kernel step with its reference, one a line, numbered."""
    for step in steps:
        reference = f"  [{step['Reference']}]" if step["Reference"] else ""
        sys.stdout.write(f"{step['Step']:3}  {step['Stage']:<10} {step['Text']}{reference}\n")
