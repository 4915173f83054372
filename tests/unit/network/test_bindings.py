import pytest

from hutch.model.errors import Invalid, System
from hutch.model.network import Wanted
from hutch.model.ports import parse_port
from hutch.network import bindings
from hutch.network.bindings import Binding, PortTable, Request, from_shown, overlap, requests, shown

ANY = ("0.0.0.0", "::")
RANGE = (32768, 32771)


def _wanted(
    bindings: dict[str, list[dict[str, str]]], exposed: tuple[str, ...] = (), publish_all: bool = False
) -> Wanted:
    return Wanted(container="c1", name="web", bindings=bindings, exposed=exposed, publish_all=publish_all)


def test_a_binding_without_address_is_for_all_of_them() -> None:
    assert requests(_wanted({"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}), ANY) == [
        Request("tcp", 80, ANY, 8080, 8080)
    ]


def test_ranges_empty_ports_and_addresses() -> None:
    wanted = _wanted(
        {"80": [{"HostPort": "8000-8010"}, {"HostIp": "127.0.0.1", "HostPort": ""}], "53/udp": [{"HostPort": "0"}]}
    )
    assert requests(wanted, ("0.0.0.0",)) == [
        Request("udp", 53, ("0.0.0.0",), 0, 0),
        Request("tcp", 80, ("0.0.0.0",), 8000, 8010),
        Request("tcp", 80, ("127.0.0.1",), 0, 0),
    ]


def test_exposed_ports_are_published_with_publish_all_only() -> None:
    bound = {"80/tcp": [{"HostPort": "8080"}]}
    assert [r.container_port for r in requests(_wanted(bound, ("80/tcp", "90/tcp")), ANY)] == [80]
    everything = requests(_wanted(bound, ("80/tcp", "90/tcp"), publish_all=True), ANY)
    assert [(r.container_port, r.first) for r in everything] == [(80, 8080), (90, 0)]


def test_each_port_of_many_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands are a minute's work else."""
    read: list[str] = []

    def parse(key: str) -> tuple[int, str]:
        read.append(key)
        return parse_port(key)

    monkeypatch.setattr(bindings, "parse_port", parse)
    wanted = _wanted({f"{port}/tcp": [{"HostPort": f"{port}"}] for port in range(1000, 1300)})
    assert len(requests(wanted, ANY)) == len(read) == 300


@pytest.mark.parametrize("one", [{"HostPort": "x"}, {"HostPort": "70000"}, {"HostIp": "x", "HostPort": "80"}])
def test_malformed_bindings_are_refused(one: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        requests(_wanted({"80/tcp": [one]}), ANY)


def test_which_addresses_are_in_each_others_way() -> None:
    assert overlap("0.0.0.0", "127.0.0.1") and overlap("::", "::1") and overlap("1.2.3.4", "1.2.3.4")
    assert not overlap("127.0.0.1", "127.0.0.2") and not overlap("0.0.0.0", "::")


def test_a_taken_port_is_refused_with_dockers_text() -> None:
    table = PortTable()
    table.claim("c1", Binding("tcp", 80, "127.0.0.1", 8080))
    table.claim("c2", Binding("udp", 80, "0.0.0.0", 8080))
    table.claim("c2", Binding("tcp", 80, "::", 8080))
    with pytest.raises(System) as caught:
        table.claim("c2", Binding("tcp", 80, "0.0.0.0", 8080))
    assert str(caught.value) == "Bind for 0.0.0.0:8080 failed: port is already allocated"
    table.release("c1")
    table.claim("c2", Binding("tcp", 80, "0.0.0.0", 8080))


def test_candidates_leave_out_what_is_taken_and_go_round() -> None:
    table = PortTable()
    dynamic = Request("tcp", 80, ("0.0.0.0",), 0, 0)
    assert table.candidates(dynamic, RANGE) == [32768, 32769, 32770, 32771]
    table.claim("c1", Binding("tcp", 80, "0.0.0.0", 32769))
    table.advance(32768, RANGE)
    assert table.candidates(dynamic, RANGE) == [32770, 32771, 32768]
    table.advance(32771, RANGE)
    assert table.candidates(dynamic, RANGE)[0] == 32768
    assert table.candidates(Request("tcp", 80, ("::",), 32768, 32770), RANGE) == [32768, 32769, 32770]
    assert table.candidates(Request("tcp", 80, ("127.0.0.1",), 32768, 32770), RANGE) == [32768, 32770]
    assert table.candidates(dynamic, (1, 60_000), most=2) == [5, 6], "no more than are tried"


def test_what_is_shown_can_be_read_back() -> None:
    wanted = _wanted({"80/tcp": [{"HostPort": "8080"}]}, ("90/udp",))
    bound = [Binding("tcp", 80, "0.0.0.0", 8080), Binding("tcp", 80, "::", 8080)]
    ports = shown(wanted, bound)
    assert ports["90/udp"] is None
    assert ports["80/tcp"] == [{"HostIp": "0.0.0.0", "HostPort": "8080"}, {"HostIp": "::", "HostPort": "8080"}]
    assert from_shown(ports) == bound
