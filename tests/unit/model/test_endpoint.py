from hutch.model.endpoint import EndpointSettings
from hutch.model.wire import encode


def test_names_as_the_api_spells_them():
    assert list(encode(EndpointSettings())) == [
        *("IPAMConfig", "Links", "Aliases", "MacAddress", "DriverOpts", "GwPriority", "NetworkID", "EndpointID"),
        *("Gateway", "IPAddress", "IPPrefixLen", "IPv6Gateway", "GlobalIPv6Address", "GlobalIPv6PrefixLen", "DNSNames"),
    ]
