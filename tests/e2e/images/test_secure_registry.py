"""Registries with certificates of an own authority, with tokens, and behind a proxy."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.client import Client
from support.engine import Daemon
from support.registry import layer
from support.space import until
from support.stock_registry import Script, StockRegistry, program

pytestmark = pytest.mark.skipif(program() is None, reason="needs Debian's docker-registry (scripts/test fetches it)")

ADDRESS = "10.93.1.1"  # an address of this machine that is not 127.0.0.1: the latter counts as insecure
HTPASSWD = "me:$2y$05$QQQwZPw08R6.10t6NSMHCus/5xAciOcLGrt3qPu6ewILbkS.k.ygC\n"  # me:secret
PAPERS = rf"""
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -days 2 -subj /CN=ca
for name in server client; do
    openssl req -newkey rsa:2048 -nodes -keyout $name-key.pem -out $name.csr -subj /CN=$name
    printf 'subjectAltName=IP:{ADDRESS},IP:127.0.0.1\n' > $name.ext
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 2 \
        -out $name.pem -extfile $name.ext
done
"""


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, and what it signed for the registry and for a client."""
    folder = tmp_path_factory.mktemp("papers")
    subprocess.run(["sh", "-ec", PAPERS], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def house(own: Daemon) -> Iterator[Daemon]:
    """A daemon whose machine has one address more, and an ``/etc`` that nobody else sees."""
    etc = own.base / "etc"
    for name in ("upper", "work"):
        (etc / name).mkdir(parents=True)
    options = f"lowerdir=/etc,upperdir={etc}/upper,workdir={etc}/work"
    own.sh(f"ip addr add {ADDRESS}/32 dev lo; mount -t overlay overlay -o {options} /etc")
    yield own
    own.sh("umount -l /etc")


def image(client: Client, name: str) -> None:
    """Have an image under this name that no registry has."""
    client("import", "-", name, text=layer({"file": name.encode()})).ok()


def test_own_authority_and_client_certificates(house: Daemon, papers: Path, tmp_path: Path) -> None:
    house.start()
    certificates = f"certificate: {papers}/server.pem, key: {papers}/server-key.pem"
    for place, port, more in (("hutch", 5443, ""), ("docker", 5444, f", clientcas: [{papers}/ca.pem]")):
        folder = tmp_path / place
        folder.mkdir()
        registry = StockRegistry(house, folder, port, address=ADDRESS, tls=f"{{{certificates}{more}}}")
        client = Client(house, "hutch")
        name = f"{registry.host}/a:1"
        try:
            image(client, name)
            client("push", name).fails(
                1, "tls: failed to verify certificate: x509: certificate signed by unknown authority"
            )
            where = f"/etc/{place}/certs.d/{registry.host}"
            house.sh(f"mkdir -p {where}; cp {papers}/ca.pem {where}/ca.crt")
            if more:
                client("push", name).fails(1, "tls: .*(certificate required|bad certificate)")  # as its Go says it
                house.sh(f"cp {papers}/client.pem {where}/client.cert")
                client("push", name).fails(1, "missing key client.key for client certificate client.cert")
                house.sh(f"cp {papers}/client-key.pem {where}/client.key")
            client("push", name).ok()
            client("rmi", name).ok()
            assert "Downloaded newer image" in client("pull", name).ok()
            client("rmi", name).ok()
        finally:
            client.close()
            registry.close()


def test_an_insecure_registry_is_named_while_the_daemon_runs(house: Daemon, papers: Path, tmp_path: Path) -> None:
    path = house.base / "daemon.json"
    path.write_text("{}")
    house.flags = (f"--config-file={path}",)
    house.start()
    registry = StockRegistry(house, tmp_path, 5445, address=ADDRESS)
    client = Client(house, "hutch")
    name = f"{registry.host}/a:1"
    try:
        image(client, name)
        client("push", name).fails(1, "tls: ")
        path.write_text(json.dumps({"registries": {registry.host: {"insecure": True}}, "max-concurrent-downloads": 1}))
        house.send(signal.SIGHUP)
        template = f'{{{{(index .RegistryConfig.IndexConfigs "{registry.host}").Secure}}}}'
        assert until(lambda: client("info", "-f", template).out == "false\n")
        client("push", name).ok()
        path.write_text(json.dumps({"registries": {"nonsense": {}}}))
        house.send(signal.SIGHUP)
        assert until(lambda: "'nonsense' names no registry" in house.log)
        client("push", name).ok()
        events = client("events", "--since", "1m", "--until", "0s", "--filter", "type=daemon").ok()
        assert "max-concurrent-downloads=1" in events and "insecure" in events
    finally:
        client.close()
        registry.close()


def test_mirrors_of_any_registry(house: Daemon, tmp_path: Path) -> None:
    path = house.base / "daemon.json"
    house.flags = (f"--config-file={path}",)
    mirrors = {
        "quay.invalid": {"mirrors": ["127.0.0.1:5446/copies"]},
        "*": {"mirrors": ["127.0.0.1:5446/of/{registry}"]},
    }
    path.write_text(json.dumps({"registries": mirrors}))
    house.start()
    registry = StockRegistry(house, tmp_path, 5446)
    try:
        for tool in ("hutch", "docker"):
            client = Client(house, tool)
            for place, name in (("copies/team/a", "quay.invalid/team/a"), ("of/docker.io/library/a", "a")):
                image(client, f"{registry.host}/{place}:1")
                client("push", f"{registry.host}/{place}:1").ok()
                client("rmi", f"{registry.host}/{place}:1").ok()
                assert f"Downloaded newer image for {name}:1" in client("pull", f"{name}:1").ok()
                client("rmi", f"{name}:1").ok()
            client("pull", "quay.invalid/b:1").fails(1, "quay.invalid")
            assert "127.0.0.1:5446/copies" in client("info", "-f", "{{json .RegistryConfig.IndexConfigs}}").ok()
            client.close()
    finally:
        registry.close()


def test_a_mirror_with_an_authority_and_credentials_of_its_own(house: Daemon, papers: Path, tmp_path: Path) -> None:
    path, secret = house.base / "daemon.json", house.base / "secret"
    secret.touch(0o600)
    secret.write_text("wrong\n")
    mirror = f"{ADDRESS}:5451"
    own = {"ca": f"{papers}/ca.pem", "username": "me", "password-file": str(secret)}
    path.write_text(json.dumps({"registries": {"quay.invalid": {"mirrors": [f"{mirror}/quay"]}, mirror: own}}))
    house.flags = (f"--config-file={path}",)
    house.start()
    tls = f"{{certificate: {papers}/server.pem, key: {papers}/server-key.pem}}"
    registry = StockRegistry(house, tmp_path, 5451, address=ADDRESS, tls=tls, htpasswd=HTPASSWD)
    client = Client(house, "hutch")
    there, name = f"{mirror}/quay/team/a:1", "quay.invalid/team/a:1"
    try:
        image(client, there)
        client("push", there).fails(1, "no basic auth credentials")  # as a mirror alone it is shown the engine's
        client("login", "-u", "me", "--password-stdin", mirror, text="secret").ok()
        client("push", there).ok()
        client("logout", mirror).ok()
        client("rmi", there).ok()
        client("pull", name).fails(1, "quay.invalid")
        secret.write_text("secret\n")
        said = client("pull", "--explain", name).ok()
        assert f" from https://{mirror}/quay (mirror)\n" in said and "Downloaded newer image" in said
        assert len(re.findall(rf"^(manifest|config|layer) \w+ from https://{mirror}/quay", said, re.M)) == 3
    finally:
        client.close()
        registry.close()


def test_a_pull_may_trust_a_registry_for_once(house: Daemon, tmp_path: Path) -> None:
    house.start()
    registry = StockRegistry(house, tmp_path, 5452, address=ADDRESS)
    client = Client(house, "hutch")
    name, near = f"{registry.host}/a:1", "127.0.0.1:5453/a:1"
    second = tmp_path / "near"
    second.mkdir()
    (tmp_path / "data").mkdir()
    (second / "data").symlink_to(tmp_path / "data")  # the same images, from an address that may be insecure
    local = StockRegistry(house, second, 5453)
    try:
        image(client, near)
        client("push", near).ok()
        client("rmi", near).ok()
        client("pull", name).fails(1, "tls: ")
        said = client("pull", "--insecure", "--explain", name).ok()
        assert f"not from https://{registry.host}: " in said and f" from http://{registry.host}\n" in said
        client("rmi", name).ok()
        client("pull", name).fails(1, "tls: ")
        assert client("pull", "--insecure", "-q", name).ok() == name
    finally:
        client.close()
        registry.close()
        local.close()


def test_a_proxy_over_tls(house: Daemon, papers: Path, tmp_path: Path) -> None:
    path = house.base / "daemon.json"
    house.flags = (f"--config-file={path}",)
    log = tmp_path / "asked"
    place = "https://u:p@127.0.0.1:3129"
    path.write_text(json.dumps({"proxies": {"http-proxy": place, "https-proxy": place},
                                "insecure-registries": [f"{ADDRESS}:5454"]}))  # fmt: skip
    for host in (f"{ADDRESS}:5455", "127.0.0.1:3129"):
        house.sh(f"mkdir -p /etc/hutch/certs.d/{host}; cp {papers}/ca.pem /etc/hutch/certs.d/{host}/ca.crt")
    house.start()
    certificate = (f"{papers}/server.pem", f"{papers}/server-key.pem")
    proxy = Script(house, "proxy", 3129, str(log), "u:p", "0", "0", *certificate, log=tmp_path / "proxy.log")
    folders = tmp_path / "plain", tmp_path / "tls"
    for folder in folders:
        folder.mkdir()
    tls = f"{{certificate: {certificate[0]}, key: {certificate[1]}}}"
    registries = [
        StockRegistry(house, folders[0], 5454, address=ADDRESS),
        StockRegistry(house, folders[1], 5455, address=ADDRESS, tls=tls),
    ]
    client = Client(house, "hutch")
    try:
        for registry in registries:
            name = f"{registry.host}/a:1"
            image(client, name)
            client("push", name).ok()
            client("rmi", name).ok()
            client("pull", name).ok()
        asked = log.read_text()
        assert f"PUT http://{ADDRESS}:5454/v2/a/manifests/1" in asked and f"CONNECT {ADDRESS}:5455" in asked
    finally:
        client.close()
        for each in (*registries, proxy):
            each.close()


def test_tokens(own: Daemon, tmp_path: Path) -> None:
    make = "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=t"
    subprocess.run(["sh", "-ec", make], cwd=tmp_path, check=True, capture_output=True)
    own.start()
    tokens = Script(own, "token_server", 5447, str(tmp_path), "60", log=tmp_path / "token.log")
    where = f"realm: 'http://{tokens.host}/token', rootcertbundle: {tmp_path}/cert.pem"
    auth = f"{{token: {{{where}, service: registry, issuer: tests}}}}"
    registry = StockRegistry(own, tmp_path, 5448, auth=auth)
    try:
        for tool in ("hutch", "docker"):
            client = Client(own, tool)
            settings = {"DOCKER_CONFIG": str(tmp_path / tool)}
            public, private = f"{registry.host}/public/{tool}:1", f"{registry.host}/team/{tool}:1"
            for name in (public, private):
                image(client, name)
                client("push", name, env=settings).fails(1, "^denied: requested access to the resource is denied")
            login = ("login", "-u", "me", "--password-stdin", registry.host)
            client(*login, text="wrong\n", env=settings).fails(1, "unauthorized")
            client(*login, text="secret\n", env=settings).ok()
            kept = json.loads((tmp_path / tool / "config.json").read_text())["auths"][registry.host]
            assert kept["identitytoken"] == "a-refresh-token"
            for name in (public, private):
                client("push", name, env=settings).ok()
                client("rmi", name).ok()
            client("pull", private).fails(
                1, f"pull access denied for {registry.host}/team/{tool}, repository does not exist"
            )
            client("pull", public).ok()
            client("pull", private, env=settings).ok()
            client("rmi", public, private).ok()
            client.close()
    finally:
        registry.close()
        tokens.close()


def test_proxies(house: Daemon, papers: Path, tmp_path: Path) -> None:
    path = house.base / "daemon.json"
    house.flags = (f"--config-file={path}",)
    log = tmp_path / "asked"
    proxies = {
        "http-proxy": "http://u:p%40ss@127.0.0.1:3128",
        "https-proxy": "http://u:p%40ss@127.0.0.1:3128",
        "no-proxy": "",
    }
    path.write_text(json.dumps({"proxies": proxies, "insecure-registries": [f"{ADDRESS}:5449"]}))
    house.sh(f"mkdir -p /etc/hutch/certs.d/{ADDRESS}:5450; cp {papers}/ca.pem /etc/hutch/certs.d/{ADDRESS}:5450/ca.crt")
    house.start()
    proxy = Script(house, "proxy", 3128, str(log), "u:p@ss", log=tmp_path / "proxy.log")
    folders = tmp_path / "plain", tmp_path / "tls"
    for folder in folders:
        folder.mkdir()
    tls = f"{{certificate: {papers}/server.pem, key: {papers}/server-key.pem}}"
    registries = [
        StockRegistry(house, folders[0], 5449, address=ADDRESS),
        StockRegistry(house, folders[1], 5450, address=ADDRESS, tls=tls),
    ]
    client = Client(house, "hutch")
    try:
        for registry in registries:
            name = f"{registry.host}/a:1"
            image(client, name)
            client("push", name).ok()
            client("rmi", name).ok()
            client("pull", name).ok()
            client("rmi", name).ok()
        asked = log.read_text()
        assert f"PUT http://{ADDRESS}:5449/v2/a/manifests/1" in asked and f"CONNECT {ADDRESS}:5450" in asked
        assert house.api("GET", "/info")[1]["HttpProxy"] == "http://xxxxx:xxxxx@127.0.0.1:3128"
        house.terminate()
        path.write_text(
            json.dumps({"proxies": {**proxies, "no-proxy": "10.93.0.0/16"}, "insecure-registries": [f"{ADDRESS}:5449"]})
        )
        house.start()
        client("pull", f"{registries[0].host}/a:1").ok()
        assert log.read_text() == asked
    finally:
        client.close()
        for each in (*registries, proxy):
            each.close()
