from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from hutch.model.errors import System
from hutch.network import filter as packet_filter
from hutch.network.bindings import Binding
from hutch.network.firewall import Policy

POLICY = Policy("hutch0", IPv4Network("172.17.0.0/16"))


def test_without_rules_nothing_is_looked_for() -> None:
    chosen = packet_filter.choose(POLICY, enabled=False)
    assert chosen.name == "none"
    port = (Binding("tcp", 80, "0.0.0.0", 8080), IPv4Address("172.17.0.2"))
    chosen.reset([port])
    chosen.publish([port])
    chosen.withdraw([port])


def test_programs_are_named_by_absolute_path() -> None:
    found = packet_filter.program("sh")
    assert found is not None and found.startswith("/")
    assert packet_filter.program("no-such-program") is None


@pytest.mark.parametrize(
    ("ending", "runs", "says"),
    [
        ("test $count -ge 3", 3, None),
        ("exit 1", 3, "nft failed: exit code 1"),
        ("echo no table >&2; exit 1", 1, "nft failed: no table"),
    ],
)
def test_a_program_that_fails_without_a_word_is_run_again(
    tmp_path: Path, ending: str, runs: int, says: str | None
) -> None:
    """Twice more, and then it is an error; a program that says why has its say at once."""
    program, log = tmp_path / "nft", tmp_path / "log"
    program.write_text(f"#!/bin/sh\ncat > /dev/null\necho run >> {log}\ncount=$(/usr/bin/wc -l < {log})\n{ending}\n")
    program.chmod(0o700)
    nft = packet_filter.NftFilter(POLICY, str(program))
    if says is None:
        nft.remove()
    else:
        with pytest.raises(System, match=says):
            nft.remove()
    assert len(log.read_text().split()) == runs
