"""A token server for a registry (distribution, token authentication), run as a program of its own.

    token_server.py PORT FOLDER SECONDS

FOLDER has key.pem and cert.pem, and gets ``asked``: a line for every request. Tokens hold for SECONDS. The user is
``me`` with the password ``secret``, who may do anything; everybody may pull what begins with ``public/``.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ISSUER, SERVICE = "tests", "registry"
IDENTITY = "a-refresh-token"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Handler(BaseHTTPRequestHandler):
    folder: Path
    seconds: int
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        sent = self.headers.get("Authorization", "")
        known = sent == "Basic " + base64.b64encode(b"me:secret").decode()
        self._serve(query, known, bool(sent) and not known)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        known = form.get("grant_type") == ["refresh_token"] and form.get("refresh_token") == [IDENTITY]
        self._serve(form, known, not known)

    def _serve(self, query: dict[str, list[str]], known: bool, wrong: bool) -> None:
        with (self.folder / "asked").open("a") as log:
            log.write(f"{self.command} {'me' if known else '-'} {' '.join(query.get('scope', []))}\n")
        answer: dict[str, Any] = {"token": self._token(query, known), "expires_in": self.seconds}
        if self.command == "POST":  # OAuth's name
            answer = {"access_token": answer["token"], "expires_in": self.seconds}
        if query.get("offline_token") == ["true"] and known:
            answer["refresh_token"] = IDENTITY
        data = json.dumps({"errors": []} if wrong else answer).encode()
        self.send_response(401 if wrong else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _token(self, query: dict[str, list[str]], known: bool) -> str:
        access = []
        for scope in " ".join(query.get("scope", [])).split():
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            allowed = [a for a in actions.split(",") if known or (a == "pull" and name.startswith("public/"))]
            access.append({"type": kind, "name": name, "actions": allowed})
        now = int(time.time())
        lines = (self.folder / "cert.pem").read_text().splitlines()
        head = {"typ": "JWT", "alg": "RS256", "x5c": ["".join(line for line in lines if not line.startswith("-"))]}
        claims = {
            "iss": ISSUER, "sub": "me" if known else "", "aud": SERVICE, "exp": now + self.seconds, "nbf": now - 5,
            "iat": now, "jti": os.urandom(8).hex(), "access": access,
        }  # fmt: skip
        signed = f"{_text(json.dumps(head).encode())}.{_text(json.dumps(claims).encode())}"
        command = ["openssl", "dgst", "-sha256", "-sign", str(self.folder / "key.pem")]
        return (
            f"{signed}.{_text(subprocess.run(command, input=signed.encode(), capture_output=True, check=True).stdout)}"
        )


if __name__ == "__main__":
    port, folder, seconds = sys.argv[1:]
    Handler.folder, Handler.seconds = Path(folder), int(seconds)
    ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
