import pytest

from hutch.model.container import HostConfig, PortBinding, create_body, encode
from hutch.model.errors import Invalid

GO = "invalid JSON: json: cannot unmarshal "


def test_the_three_parts_of_a_create_body():
    body = create_body(
        {
            "Image": "busybox",
            "cmd": "ls",
            "Env": None,
            "HostConfig": {"Memory": 5, "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}, "UTSMode": "host"},
            "NetworkingConfig": {"EndpointsConfig": {"n": {"IPAMConfig": {"IPv4Address": "10.0.0.2"}}}},
        }
    )
    assert (body.config.image, body.config.cmd, body.config.env) == ("busybox", ["ls"], None)
    assert body.host.memory == 5 and body.host.uts_mode == "host"
    assert body.host.port_bindings == {"80/tcp": [PortBinding(host_port="8080")]}
    assert body.networking.endpoints_config["n"].ipam_config.ipv4_address == "10.0.0.2"


def test_what_was_shown_can_be_read_again():
    body = create_body({"Image": "x", "Healthcheck": {"Test": ["NONE"]}, "HostConfig": {"Init": False, "Mounts": []}})
    shown = {**encode(body.config), "HostConfig": encode(body.host)}
    again = create_body(shown)
    assert again.config == body.config and again.host.init is False


def test_shape_of_a_plain_config():
    shown = encode(create_body({}).config)
    assert shown["Volumes"] is None and shown["Cmd"] is None and shown["WorkingDir"] == ""
    assert not {"ExposedPorts", "StopSignal", "StopTimeout", "Shell", "Healthcheck"} & set(shown)


def test_shape_of_a_plain_host_config():
    shown = encode(HostConfig())
    assert list(shown)[:4] == ["Binds", "ContainerIDFile", "LogConfig", "NetworkMode"]
    assert shown["ConsoleSize"] == [0, 0] and shown["RestartPolicy"] == {"Name": "", "MaximumRetryCount": 0}
    assert {"UTSMode", "BlkioDeviceReadIOps", "IOMaximumIOps", "Dns", "CgroupnsMode", "NanoCpus"} <= set(shown)
    assert not {"Tmpfs", "Sysctls", "Mounts", "Init", "StorageOpt", "Annotations"} & set(shown)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "config cannot be empty in order to create a container"),
        ([], GO + "array into Go value of type runconfig.ContainerConfigWrapper"),
        (
            {"Image": 5},
            GO + "number into Go struct field ContainerConfigWrapper.Config.Image of type string",
        ),
        (
            {"HostConfig": {"Binds": "x"}},
            GO + "string into Go struct field HostConfig.HostConfig.Binds of type []string",
        ),
    ],
)
def test_what_docker_refuses(body, message):
    with pytest.raises(Invalid) as caught:
        create_body(body)
    assert str(caught.value) == message
