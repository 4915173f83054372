import json

from hutch.model.network import Attachment, Wanted, detached_settings

WEB = Attachment(
    container="c" * 64,
    name="web",
    network="bridge",
    network_id="n" * 64,
    endpoint="e" * 64,
    sandbox="5" * 64,
    address="172.17.0.2",
    prefix=16,
    gateway="172.17.0.1",
    mac="02:42:ac:11:00:02",
    link="vethhcccccccccc",
    ports={"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "9/udp": None},
)


def test_an_attachment_survives_its_record() -> None:
    assert Attachment.from_json(json.loads(json.dumps(WEB.to_json()))) == WEB


def test_a_record_of_a_newer_version_is_read() -> None:
    assert Attachment.from_json({**WEB.to_json(), "unheard_of": 1}) == WEB


def test_inspect_shows_the_address_twice_and_the_ports_once() -> None:
    settings = WEB.settings()
    assert settings["IPAddress"] == settings["Networks"]["bridge"]["IPAddress"] == "172.17.0.2"
    assert settings["Ports"] == {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "9/udp": None}
    assert settings["Networks"]["bridge"]["NetworkID"] == "n" * 64


def test_the_top_level_endpoint_is_that_of_the_default_bridge_only() -> None:
    host = Attachment(container="c", name="h", network="host", endpoint="e" * 64)
    assert host.settings()["EndpointID"] == ""
    assert host.settings()["Networks"]["host"]["EndpointID"] == "e" * 64


def test_a_container_in_anothers_network_has_no_networks() -> None:
    assert Attachment(container="c", name="x", network="").settings()["Networks"] == {}


def test_a_stopped_container_still_names_its_network() -> None:
    settings = detached_settings("bridge")
    assert settings["Networks"]["bridge"]["IPAddress"] == "" and settings["Ports"] == {}


def test_the_list_of_containers_shows_ports_in_order_of_their_numbers() -> None:
    assert WEB.summary() == [
        {"PrivatePort": 9, "Type": "udp"},
        {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
    ]


def test_the_default_mode_is_the_daemons_choice() -> None:
    assert Wanted(container="c", name="n").mode == "default"
