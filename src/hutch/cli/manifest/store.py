"""Local lists of manifests, in the folder that Docker's own command keeps them in: ``manifests/LIST/MANIFEST`` below
the client's settings, one JSON object a manifest; both commands work on the same lists."""

from __future__ import annotations

import os

from hutch.cli.errors import CommandError
from hutch.model import json_text
from hutch.model.reference import Reference, parse_tagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

_LIMIT = 8 << 20  # bytes of one file


class Missing(CommandError):
    """There is no such list, or no such manifest in it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No such manifest: {name}")


def normalized(name: str) -> Reference:
    """The reference that ``name`` means, with a tag. Raises CommandError."""
    from hutch.model.errors import Invalid

    try:
        return parse_tagged(name)
    except Invalid as error:
        raise CommandError(error.message) from None


class Lists:
    """The lists of one folder of settings."""

    def __init__(self, settings: str) -> None:
        self._home = f"{settings}/manifests"

    def names(self, target: Reference) -> list[str]:
        """The file names of the manifests in a list, sorted. Raises Missing."""
        try:
            found = sorted(os.listdir(self._folder(target)))
        except (FileNotFoundError, NotADirectoryError):
            found = []
        if not found:
            raise Missing(str(target))
        return found

    def has(self, target: Reference) -> bool:
        """Whether there is such a list."""
        try:
            return bool(self.names(target))
        except Missing:
            return False

    def all(self, target: Reference) -> list[Json]:
        """The manifests of a list. Raises Missing."""
        return [self._read(f"{self._folder(target)}/{name}") for name in self.names(target)]

    def get(self, target: Reference, manifest: Reference) -> Json | None:
        """One manifest of a list, or None."""
        try:
            return self._read(f"{self._folder(target)}/{_file_name(manifest)}")
        except FileNotFoundError:
            return None

    def save(self, target: Reference, manifest: Reference, value: Json) -> None:
        """Put a manifest into a list, which is made if there is none."""
        folder = self._folder(target)
        os.makedirs(folder, 0o755, exist_ok=True)
        path = f"{folder}/{_file_name(manifest)}"
        # Not beside the others: every file in a list is one of its manifests.
        temporary = f"{self._home}/.{os.getpid()}.tmp"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(json_text.encode(value))
        os.rename(temporary, path)

    def remove(self, target: Reference) -> None:
        """Remove a list. Raises Missing."""
        folder = self._folder(target)
        for name in self.names(target):
            os.unlink(f"{folder}/{name}")
        os.rmdir(folder)

    def _folder(self, target: Reference) -> str:
        return f"{self._home}/{_file_name(target)}"

    @staticmethod
    def _read(path: str) -> Json:
        with open(path, encoding="utf-8") as file:
            found = json_text.decode(file.read(_LIMIT))
        if not isinstance(found, dict) or not isinstance(found.get("Descriptor"), dict) or not found.get("Ref"):
            raise CommandError(f"{path} is no manifest of a local list")
        return found


def _file_name(name: Reference) -> str:
    """A reference as a file name: a normalized one holds no backslash, no ``..`` part, and after this no slash."""
    return str(name).replace(":", "-").replace("/", "_")
