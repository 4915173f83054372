"""Credentials for registries, in the file that Docker's own command uses: ``config.json`` (``auths``, ``credsStore``,
``credHelpers``), read on demand, replaced atomically, never readable by others."""

from __future__ import annotations

from hutch.cli.errors import CommandError
from hutch.cli.image_names import qualified
from hutch.cli.variables import variable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Json = dict[str, Any]

HUB = "https://index.docker.io/v1/"
_LIMIT = 1 << 24
_WAIT = 60  # seconds that a helper may take
_TOKEN = "<token>"  # noqa: S105 - the user name under which helpers keep identity tokens


def key(image: str) -> str:
    """The name under which credentials for an image's registry are kept."""
    host = qualified(image).partition("/")[0]
    return HUB if host in ("docker.io", "index.docker.io") else host


class Keyring:
    """The settings file of one folder."""

    def __init__(self, home: str) -> None:
        self.path = f"{home}/config.json"
        self._read: Json | None = None

    @property
    def settings(self) -> Json:
        """The file's content; empty if there is none. Raises :class:`CommandError` if it is not valid."""
        if self._read is None:
            self._read = self._load()
        return self._read

    def _load(self) -> Json:
        from hutch.model import json_text

        try:
            with open(self.path, encoding="utf-8") as file:
                text = file.read(_LIMIT)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CommandError(f"loading config file: {self.path}: {(error.strerror or '').lower()}") from None
        try:
            found = json_text.decode(text) if text.strip() else {}
        except Exception as error:
            raise CommandError(f"loading config file: {self.path}: {error}") from None
        if not isinstance(found, dict):
            raise CommandError(f"loading config file: {self.path}: it holds no object")
        return found

    def _helper(self, server: str) -> str:
        """The name of the helper that keeps a registry's credentials, or ""."""
        helpers = self.settings.get("credHelpers")
        found = helpers.get(server) if isinstance(helpers, dict) else None
        return str(found or self.settings.get("credsStore") or "")

    def get(self, server: str) -> Json:
        """The credentials for a registry, as ``X-Registry-Auth`` has them; none if there are none or a helper fails."""
        helper = self._helper(server)
        if helper:
            return _from_helper(helper, server)
        entries = self.settings.get("auths")
        for name, entry in (entries if isinstance(entries, dict) else {}).items():
            if name == server or _host(name) == _host(server):
                return _from_file(entry if isinstance(entry, dict) else {}, server)
        return {}

    def header(self, image: str) -> str:
        """The header with the credentials for an image's registry."""
        return header(self.get(key(image)))

    def store(self, server: str, auth: Json) -> str:
        """Keep credentials; the path of the file if they lie there unencrypted, else "". Raises CommandError."""
        helper = self._helper(server)
        token = auth.get("identitytoken")
        if helper:
            from hutch.model import json_text

            kept = {"ServerURL": server, "Username": _TOKEN if token else auth["username"],
                    "Secret": token or auth["password"]}  # fmt: skip
            _ask(helper, "store", json_text.encode(kept))
            return ""
        import base64

        pair = f"{auth['username']}:{'' if token else auth['password']}"
        entry = {"auth": base64.b64encode(pair.encode()).decode(), **({"identitytoken": token} if token else {})}
        self.settings.setdefault("auths", {})[server] = entry
        self._save()
        return self.path

    def erase(self, server: str) -> None:
        """Forget a registry's credentials. Raises CommandError."""
        helper = self._helper(server)
        if helper:
            _ask(helper, "erase", server)
        entries: Json = self.settings.get("auths") or {}
        same = [name for name in entries if name == server or _host(name) == _host(server)]
        for name in same:
            del entries[name]
        if same:
            self._save()

    def _save(self) -> None:
        import json
        import os

        path = os.path.realpath(self.path)  # the file may be a link to where somebody keeps it
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        temporary = f"{path}.{os.getpid()}.tmp"
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                json.dump(self.settings, file, indent="\t", ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            os.rename(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise


def header(auth: Json) -> str:
    """The header ``X-Registry-Auth`` for credentials (base64url of JSON)."""
    if not auth:
        return "X-Registry-Auth: e30="
    import base64

    from hutch.model import json_text

    return "X-Registry-Auth: " + base64.urlsafe_b64encode(json_text.encode(auth).encode()).decode()


def _host(name: str) -> str:
    """The host of a key, which older files wrote as a URL."""
    return name.removeprefix("https://").removeprefix("http://").partition("/")[0]


def _from_file(entry: Json, server: str) -> Json:
    import base64

    found: Json = {"serveraddress": server}
    try:
        pair = base64.b64decode(str(entry.get("auth") or "")).decode()
    except ValueError:
        raise CommandError(f"invalid credentials for {server} in the settings file") from None
    user, _, password = pair.partition(":")
    found["username"] = user or str(entry.get("username") or "")
    found["password"] = password.strip("\0") or str(entry.get("password") or "")
    for name in ("identitytoken", "registrytoken"):
        if entry.get(name):
            found[name] = str(entry[name])
    return {name: value for name, value in found.items() if value} if len(found) > 1 else {}


def _from_helper(helper: str, server: str) -> Json:
    from hutch.model import json_text

    try:
        found = json_text.decode(_ask(helper, "get", server))
        user, secret = str(found["Username"]), str(found["Secret"])
    except Exception:
        # As Docker's command: without credentials the registry says what is missing.
        return {}
    if user == _TOKEN:
        return {"identitytoken": secret, "serveraddress": server}
    return {"username": user, "password": secret, "serveraddress": server}


def _ask(helper: str, verb: str, text: str) -> str:
    """What the program ``docker-credential-HELPER`` says. Raises CommandError."""
    import os
    import subprocess

    if not helper or "/" in helper or helper.startswith("-"):
        raise CommandError(f"invalid credential helper {helper!r}")
    name = f"docker-credential-{helper}"
    places = [f"{place}/{name}" for place in variable("PATH").split(":") if place.startswith("/")]
    program = next((place for place in places if os.access(place, os.X_OK)), None)
    if program is None:
        raise CommandError(f'error getting credentials - err: exec: "{name}": executable file not found in $PATH')
    try:
        done = subprocess.run([program, verb], input=text, capture_output=True, text=True, timeout=_WAIT)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CommandError(f"error {verb} credentials - err: {error}") from None
    if done.returncode:
        raise CommandError(
            f"error {verb} credentials - err: exit status {done.returncode}, out: `{done.stdout.strip()}`"
        )
    return done.stdout
