"""What requests without a proper path, body or name are answered with: clients tell by it what went wrong."""

from __future__ import annotations

import http.client
import json
import socket

import pytest

from support.client import Client
from support.engine import Engine

pytestmark = pytest.mark.compat

NO_PAGE = '{"message":"page not found"}'
NO_BODY = '{"message":"invalid JSON: got EOF while reading request body"}'
NO_TYPE = '{"message":"malformed Content-Type header (): mime: no media type"}'


def ask(engine: Engine, line: str) -> tuple[int, str]:
    """``METHOD TARGET [TYPE|- [BODY]]``: the status, and where the answer leads or what it says."""
    method, target, media, body = (*line.split(" ", 3), "", "", "")[:4]
    connection = http.client.HTTPConnection("localhost", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    try:
        connection.sock.settimeout(60)
        connection.sock.connect(engine.socket)
        connection.request(method, target, body or None, {"Content-Type": media} if media not in ("", "-") else {})
        answer = connection.getresponse()
        said = answer.read().decode()
        return answer.status, answer.getheader("Location") or said.strip()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("GET /_ping", 200, "OK"),
        ("HEAD /_ping", 200, ""),
        ("GET /_ping/", 404, NO_PAGE),
        ("GET /version/", 404, NO_PAGE),
        ("GET /v1.40/containers/json/", 404, NO_PAGE),
        ("GET /containers/nosuch/json/", 404, NO_PAGE),
        ("GET /v1.99/nosuch", 404, NO_PAGE),
        ("PUT /containers/create", 404, NO_PAGE),
        ("HEAD /containers/json", 404, ""),
        ("POST /v1.40//containers/./x/start?a=%20b", 301, "/v1.40/containers/x/start?a=%20b"),
        ("GET /containers/../_ping", 301, "/_ping"),
        ("GET //", 301, "/"),
        ("OPTIONS /nosuch", 200, ""),
        ("GET /v1.40.9/_ping", 200, "OK"),
        ("GET /v1.10/info", 400, "client version 1.10 is too old. Minimum supported API version is 1.24, "
         "please upgrade your client to a newer version"),
        ("GET /containers/a/b/json", 404, '{"message":"No such container: a/b"}'),
        ("DELETE /containers/", 400, '{"message":"invalid name or ID supplied: \\"\\""}'),
        ("DELETE /images/", 400, '{"message":"image name cannot be blank"}'),
        ("DELETE /images/nosuch/", 400, '{"message":"invalid reference format"}'),
        ("GET /networks/bridge/", 404, '{"message":"network bridge/ not found"}'),
        ("GET /volumes/", 404, '{"message":"get: no such volume"}'),
        ("GET /volumes/nosuch/", 404, '{"message":"get nosuch/: no such volume"}'),
        ("PUT /volumes/nosuch", 503,
         '{"message":"volume update only valid for cluster volumes, but swarm is unavailable"}'),
        ("GET /volumes?filters=x", 400, '{"message":"error reading volume filters: invalid filter"}'),
        ('GET /volumes?filters={"x":["y"]}', 400, '{"message":"invalid filter \'x\'"}'),
        ('POST /networks/prune?filters={"until":["x"]}', 400,
         '{"message":"failed to parse value as time or duration: \\"x\\""}'),
        ("POST /commit", 400, '{"message":"invalid name or ID supplied: \\"\\""}'),
    ],
)  # fmt: skip
def test_pages(engine: Engine, line: str, status: int, said: str) -> None:
    assert ask(engine, line) == (status, said)


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("POST /containers/BOX/update", 200, '{"Warnings":null}'),
        ("POST /containers/BOX/update application/json", 200, '{"Warnings":null}'),
        ("POST /containers/BOX/update text/plain", 400,
         '{"message":"unsupported Content-Type header (text/plain): must be \'application/json\'"}'),
        ("POST /containers/BOX/update - {}", 400, NO_TYPE),
        ("POST /containers/BOX/update application/json {", 400, '{"message":"invalid JSON: unexpected EOF"}'),
        ("POST /containers/BOX/update application/json {}{}", 400, '{"message":"unexpected content after JSON"}'),
        ("POST /containers/nosuch/update", 404, '{"message":"No such container: nosuch"}'),
        ("POST /containers/create", 400, NO_BODY),
        ("POST /containers/create application/json", 400, NO_BODY),
        ("POST /containers/create - {}", 400, NO_TYPE),
        ("POST /containers/create?platform=a/b/c/d application/json {\"Image\":\"nosuch\"}", 400,
         '{"message":"\\"a/b/c/d\\": cannot parse platform specifier: invalid argument"}'),
        ("POST /containers/BOX/exec", 400, '{"message":"No exec command specified"}'),
        ("POST /containers/nosuch/exec", 400, '{"message":"No exec command specified"}'),
        ('POST /containers/BOX/exec application/json {"Cmd":"x"}', 400,
         '{"message":"invalid JSON: json: cannot unmarshal string into Go struct field ExecOptions.Cmd of type '
         '[]string"}'),
        ("POST /exec/nosuch/start", 404, '{"message":"No such exec instance: nosuch"}'),
        ("POST /containers/BOX/resize?h=5", 400, '{"message":"invalid resize width \\"\\": invalid syntax"}'),
        ("POST /containers/BOX/resize?h=-1&w=5", 400,
         '{"message":"invalid resize height \\"-1\\": value out of range"}'),
        ("POST /containers/BOX/resize?h=99999&w=5", 200, ""),
        ("POST /containers/nosuch/kill", 404,
         '{"message":"cannot kill container: nosuch: No such container: nosuch"}'),
        ("POST /containers/nosuch/kill?signal=NOSUCH", 400,
         '{"message":"cannot kill container: nosuch: invalid signal: NOSUCH"}'),
        ("POST /containers/BOX/kill?signal=-1", 400,
         '{"message":"cannot kill container: BOX: the linux daemon does not support signal -1"}'),
        ("POST /containers/BOX/rename", 400, '{"message":"Neither old nor new names may be empty"}'),
        ("POST /containers/BOX/rename?name=/", 400,
         '{"message":"Error when allocating new name: Invalid container name (/), only [a-zA-Z0-9][a-zA-Z0-9_.-] '
         'are allowed"}'),
        ("POST /containers/BOX/start?detachKeys=nonsense", 304, ""),
        ("GET /containers/nosuch/stats?stream=1&one-shot=1", 404, '{"message":"No such container: nosuch"}'),
        ("GET /containers/BOX/top?ps_args=-o%20nosuch", 500,
         '{"message":"ps: error: unknown user-defined format specifier \\"nosuch\\""}'),
        ("PUT /containers/BOX/archive?path=/bin/busybox", 400, '{"message":"extraction point is not a directory"}'),
        ("DELETE /containers/BOX?link=1", 500,
         '{"message":"Conflict, cannot remove the default link name of the container"}'),
        ('POST /volumes/create application/json {"Name":5}', 400,
         '{"message":"invalid JSON: json: cannot unmarshal number into Go struct field CreateOptions.Name of type '
         'string"}'),
        ('POST /volumes/create application/json {"Name":"xy","DriverOpts":5}', 400,
         '{"message":"invalid JSON: json: cannot unmarshal number into Go struct field CreateOptions.DriverOpts of '
         'type map[string]string"}'),
    ],
)  # fmt: skip
def test_bodies_and_names(docker: Client, line: str, status: int, said: str) -> None:
    name = docker.running() if "BOX" in line else ""
    assert ask(docker.engine, line.replace("BOX", name)) == (status, said.replace("BOX", name))


@pytest.mark.parametrize(
    ("version", "host", "said"),
    [
        ("1.51", "", "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig "
         "instead."),
        ("1.43", "", ""),
        ("1.47", '"Sysctls":{"net.ipv4.conf.eth0.forwarding":"1"}', "Migrated sysctl"),
        ("1.51", '"VolumeDriver":"local","Mounts":[{"Type":"volume","Target":"/x"}]',
         "the container-wide volume-driver configuration is ignored"),
    ],
)  # fmt: skip
def test_what_has_moved_since_is_taken_and_warned_of(docker: Client, version: str, host: str, said: str) -> None:
    mac = "" if host else '"MacAddress":"02:42:ac:11:00:99",'
    name = docker.name()
    line = f"POST /v{version}/containers/create?name={name} application/json "
    status, answer = ask(docker.engine, line + f'{{"Image":"{docker.engine.image}",{mac}"HostConfig":{{{host}}}}}')
    assert status == 201
    warnings = json.loads(answer)["Warnings"]
    assert (len(warnings), all(said in warning for warning in warnings)) == (bool(said), True), warnings
    network = docker.inspect(name)["NetworkSettings"]
    assert (network["MacAddress"], network["Networks"]["bridge"]["MacAddress"]) == (mac[14:-2],) * 2
    docker("start", name).ok()


@pytest.mark.parametrize(
    ("version", "body", "status", "said"),
    [
        ("1.51", '"MacAddress":"02:42:ac:11:00:99","NetworkingConfig":{"EndpointsConfig":{"bridge":{"MacAddress":'
         '"02:42:ac:11:00:98"}}}', 400, "the container-wide MAC address must match the endpoint-specific MAC address "
         "for the main network, or be left empty"),
        ("1.43", '"MacAddress":"02:42:ac:11:00:99","HostConfig":{"NetworkMode":"none"}', 400,
         "conflicting options: mac-address and the network mode"),
        ("1.48", '"HostConfig":{"Sysctls":{"net.ipv4.conf.eth0.forwarding":"1"}}', 500,
         "interface specific sysctl setting \"net.ipv4.conf.eth0.forwarding\" must be supplied using driver option "
         "'com.docker.network.endpoint.sysctls'"),
        ("1.44", '"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","VolumeOptions":{"Subpath":"a"}}]}', 400,
         "VolumeOptions.Subpath needs API v1.45 or newer"),
        ("1.44", '"HostConfig":{"Mounts":[{"Type":"volume","Target":"/x","TmpfsOptions":{}}]}', 400,
         "TmpfsOptions must not be specified on mount type \"volume\""),
        ("1.44", '"HostConfig":{"PortBindings":{"80/tcp":[{"HostPort":"x"}]}}', 400,
         "invalid port specification: \"x\""),
        ("1.44", '"HostConfig":{"PortBindings":{"x/tcp":[]}}', 400, "invalid port specification: \"x\""),
        ("1.44", '"HostConfig":5', 400, ""),
    ],
)  # fmt: skip
def test_bodies_that_are_refused(engine: Engine, version: str, body: str, status: int, said: str) -> None:
    line = f'POST /v{version}/containers/create application/json {{"Image":"{engine.image}",{body}}}'
    got, answer = ask(engine, line)
    assert (got, json.loads(answer)["message"]) == (status, said or json.loads(answer)["message"])
