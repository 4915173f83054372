import pytest

from hutch.model.errors import Invalid
from hutch.network import names

HOST = (
    "# a comment\nnameserver 127.0.0.53\nnameserver 10.0.0.1\nnameserver fe80::1\nsearch corp.example\noptions edns0\n"
)


def test_hosts_has_the_containers_own_line_last() -> None:
    text = names.render_hosts(
        address="172.17.0.2",
        hostname="abc",
        domainname="dom.x",
        extra=["a:1.2.3.4", "h:host-gateway", "v6=[::1]"],
        host_gateway="172.17.0.1",
    )
    assert text.splitlines()[-4:] == ["1.2.3.4\ta", "172.17.0.1\th", "::1\tv6", "172.17.0.2\tabc.dom.x abc"]
    assert text.startswith("127.0.0.1\tlocalhost\n")


def test_a_plain_hostname_stands_once_and_none_without_an_address() -> None:
    assert names.render_hosts(address="10.0.0.2", hostname="web").endswith("10.0.0.2\tweb\n")
    assert "web" not in names.render_hosts(hostname="web")


def test_on_the_hosts_network_the_hosts_own_file_comes_first() -> None:
    assert names.render_host_hosts("127.0.0.1 vm", extra=["a:1.2.3.4"]) == "127.0.0.1 vm\n1.2.3.4\ta\n"


@pytest.mark.parametrize("entry", ["a", "a:", ":1.2.3.4", "a:nonsense", "a:1.2.3.4\nevil", "a b:1.2.3.4"])
def test_malformed_extra_hosts_are_refused(entry: str) -> None:
    with pytest.raises(Invalid):
        names.extra_lines([entry], "")


def test_host_gateway_without_a_gateway_is_an_error() -> None:
    with pytest.raises(Invalid, match="host-gateway"):
        names.extra_lines(["h:host-gateway"], "")


def test_loopback_name_servers_are_left_out() -> None:
    text = names.render_resolv_conf(HOST)
    assert [line for line in text.splitlines() if not line.startswith("#") and line] == [
        "nameserver 10.0.0.1",
        "search corp.example",
        "options edns0",
    ]


def test_when_none_remains_there_is_a_fallback() -> None:
    assert "nameserver 8.8.8.8\nnameserver 8.8.4.4\n" in names.render_resolv_conf("nameserver 127.0.0.1\n")


def test_on_the_hosts_network_loopback_ones_stay() -> None:
    assert "nameserver 127.0.0.53\nnameserver 10.0.0.1\n" in names.render_resolv_conf(HOST, shared=True)
    assert "nameserver" not in names.render_resolv_conf("", shared=True)


def test_overrides_replace_their_part_only() -> None:
    text = names.render_resolv_conf(HOST, dns=["1.1.1.1"], options=["ndots:2"])
    assert text.endswith("nameserver 1.1.1.1\nsearch corp.example\noptions ndots:2\n")
    assert "search" not in names.render_resolv_conf(HOST, search=["."])


def test_a_resolv_conf_full_of_rubbish_is_read() -> None:
    found = names.parse_resolv_conf("nameserver\nnameserver x\nnameserver 1.1.1.1 # mine\nsearch a\nsearch b c\n;x\n")
    assert (found.nameservers, found.search) == (["1.1.1.1"], ["b", "c"])


def test_dns_must_be_addresses() -> None:
    names.check_dns(["1.1.1.1", "::1"])
    with pytest.raises(Invalid, match="bad nameserver address: x"):
        names.check_dns(["x"])


def test_hostname_file() -> None:
    assert names.render_hostname("web") == "web\n"


def test_the_stub_alone_is_one() -> None:
    assert names.only_stub("nameserver 127.0.0.53\noptions edns0\n")
    assert not names.only_stub("nameserver 127.0.0.53\nnameserver 10.0.0.1\n")
    assert not names.only_stub("nameserver 127.0.0.1\n") and not names.only_stub("")
