from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import pytest

from hutch.model.errors import Invalid
from hutch.registry.rules import Rule
from hutch.registry.settings import Settings
from hutch.registry.transport import Transport, Unreachable, context, reason
from support.registry import FakeRegistry


def test_connections_are_kept(fake: FakeRegistry) -> None:
    transport = Transport(Settings())
    for _ in range(3):
        assert transport.send("GET", f"http://{fake.host}/v2/", {}, None, verify=True).whole(100) == b"{}"
    assert len(transport._idle[("http", fake.host, True)]) == 1
    transport.close()


def test_bounds(fake: FakeRegistry) -> None:
    transport = Transport(Settings())
    with pytest.raises(Invalid, match="larger than 1 bytes"):
        transport.send("GET", f"http://{fake.host}/v2/", {}, None, verify=True).whole(1)
    for url in ("file:///etc/passwd", "http://u@h/", "http:///x"):
        with pytest.raises(Invalid):
            transport.send("GET", url, {}, None, verify=True)
    transport.close()


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match=r"dial tcp 127.0.0.1:1: connect: connection refused") as caught:
        Transport(Settings()).send("GET", "http://127.0.0.1:1/v2/", {}, None, verify=True)
    assert caught.value.final


def test_plain_http_where_tls_was_wanted(fake: FakeRegistry) -> None:
    with pytest.raises(Unreachable) as caught:
        Transport(Settings()).send("GET", f"https://{fake.host}/v2/", {}, None, verify=False)
    assert caught.value.final


def test_plain_http_through_a_proxy(fake: FakeRegistry) -> None:
    transport = Transport(Settings(http_proxy=f"http://me:pw@{fake.host}"))
    assert transport.send("GET", "http://far.example/v2/", {}, None, verify=True).whole(9) == b"{}"
    assert fake.log[0][1] == "http://far.example/v2/"
    transport.close()


def test_certificates(tmp_path: Path) -> None:
    home = tmp_path / "a.b:5000"
    home.mkdir()
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    made += ["-subj", "/CN=test ca", "-keyout", str(home / "client.key"), "-out", str(home / "ca.crt")]
    subprocess.run(made, check=True, capture_output=True)
    with pytest.raises(Invalid, match=r"missing client certificate client.cert for key client.key"):
        context((str(tmp_path),), "a.b:5000", True)
    (home / "client.cert").write_bytes((home / "ca.crt").read_bytes())
    before = len(context((), "a.b:5000", True).get_ca_certs())
    assert len(context((str(tmp_path),), "a.b:5000", True).get_ca_certs()) == before + 1
    assert len(context((str(tmp_path),), "a.b", True).get_ca_certs()) == before
    assert context((), "a.b", False).verify_mode == ssl.CERT_NONE
    (home / "client.key").unlink()
    with pytest.raises(Invalid, match=r"missing key client.key"):
        context((str(tmp_path),), "a.b:5000", True)


def test_reasons() -> None:
    assert reason(TimeoutError()) == "i/o timeout"
    assert reason(OSError(113, "No route to host")) == "no route to host"


def test_an_own_authority_and_a_client_certificate(tmp_path: Path, fake: FakeRegistry) -> None:
    home = tmp_path / fake.host
    home.mkdir()
    for name, subject in (("ca", "/CN=127.0.0.1"), ("client", "/CN=client")):
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days"]
        made += ["2", "-subj", subject, "-addext", "subjectAltName=IP:127.0.0.1"]
        made += ["-keyout", str(tmp_path / f"{name}.key"), "-out", str(tmp_path / f"{name}.pem")]
        subprocess.run(made, check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "ca.pem", tmp_path / "ca.key")
    server.load_verify_locations(tmp_path / "client.pem")
    server.verify_mode = ssl.CERT_REQUIRED
    fake.server.socket = server.wrap_socket(fake.server.socket, server_side=True)
    url = f"https://{fake.host}/v2/"
    settings = Settings(certificates=(str(tmp_path),))
    with pytest.raises(Unreachable, match="failed to verify certificate"):
        Transport(settings).send("GET", url, {}, None, verify=True)
    rule = Rule(fake.host, ca=str(tmp_path / "none.pem"))
    with pytest.raises(Invalid, match=r"ca .*/none.pem: No such file"):
        Transport(settings._replace(registries=(rule,))).send("GET", url, {}, None, verify=True)
    (home / "client.cert").write_bytes((tmp_path / "client.pem").read_bytes())
    (home / "client.key").write_bytes((tmp_path / "client.key").read_bytes())
    rule = Rule(fake.host, ca=str(tmp_path / "ca.pem"))
    transport = Transport(settings._replace(registries=(rule,)))
    assert transport.send("GET", url, {}, None, verify=True).whole(9) == b"{}"
    transport.close()
    (home / "ca.crt").write_bytes((tmp_path / "ca.pem").read_bytes())
    transport = Transport(settings)
    assert transport.send("GET", url, {}, None, verify=True).whole(9) == b"{}"
    transport.close()
