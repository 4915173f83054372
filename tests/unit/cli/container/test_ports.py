"""Ports."""

from __future__ import annotations

import pytest

from hutch.cli.container.ports import expose, publish
from hutch.cli.errors import OptionError


def test_publish() -> None:
    assert publish(["80"]) == {"80/tcp": [{"HostIp": "", "HostPort": ""}]}
    assert publish(["127.0.0.1:8080:80/udp"]) == {"80/udp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}
    assert publish(["[::1]::80"]) == {"80/tcp": [{"HostIp": "::1", "HostPort": ""}]}
    assert publish(["8000-8001:80-81"])["81/tcp"][0]["HostPort"] == "8001"
    assert publish(["8000-8005:80"])["80/tcp"][0]["HostPort"] == "8000-8005"
    assert publish(["target=80,published=1"]) == publish(["1:80"])


def test_refusals() -> None:
    for word, message in (
        ("x", "invalid containerPort: x"),
        ("1:2/icmp", "invalid proto: icmp"),
        ("0:99999", "invalid"),
    ):
        with pytest.raises(OptionError, match=message):
            publish([word])
    assert expose(["80-81/udp"]) == {"80/udp": {}, "81/udp": {}}
