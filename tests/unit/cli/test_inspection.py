"""Objects as Docker shows them in templates."""

from __future__ import annotations

from hutch.cli.inspection import as_structs
from hutch.model.template.evaluate import Template


def test_structs_print_in_the_order_of_their_fields() -> None:
    ports = {"80/tcp": [{"HostIp": "::", "HostPort": "1"}]}
    assert Template("{{.}}").render(as_structs(ports)) == "map[80/tcp:[{:: 1}]]"
    mount = {"Type": "bind", "Source": "/a", "Destination": "/b", "Mode": "", "RW": True, "Propagation": "rprivate"}
    assert Template("{{.}}").render(as_structs([mount])) == "[{bind  /a /b   true rprivate}]"
