import pytest

from hutch.model.container import Config, HostConfig, RestartPolicy
from hutch.model.errors import Invalid
from hutch.spec.validate import validate


def test_a_plain_request_is_fine():
    validate(Config(), HostConfig(tmpfs={"/t": "size=1m"}, restart_policy=RestartPolicy("on-failure", 3)))


@pytest.mark.parametrize(
    ("config", "host", "message"),
    [
        ({}, {"ipc_mode": "x"}, "invalid IPC mode: x"),
        ({}, {"pid_mode": "container:"}, "invalid PID mode: container:"),
        ({}, {"uts_mode": "container:x"}, "invalid UTS mode: container:x"),
        ({}, {"cgroupns_mode": "x"}, "invalid cgroup namespace mode: x"),
        ({}, {"userns_mode": "x"}, "invalid user namespace mode: x"),
        ({}, {"restart_policy": RestartPolicy("x")}, "invalid restart policy: unknown policy 'x'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"),  # noqa: E501
        ({}, {"restart_policy": RestartPolicy("always", 3)}, "invalid restart policy: maximum retry count can only be used with 'on-failure'"),  # noqa: E501
        ({}, {"restart_policy": RestartPolicy("on-failure", -1)}, "invalid restart policy: maximum retry count cannot be negative"),  # noqa: E501
        ({}, {"restart_policy": RestartPolicy("always"), "auto_remove": True}, "can't create 'AutoRemove' container with restart policy"),  # noqa: E501
        ({}, {"isolation": "foo"}, "invalid isolation (foo): linux only supports 'default'"),
        ({}, {"network_mode": "container:"}, "invalid network mode: invalid container format container:<name|id>"),
        ({}, {"tmpfs": {"x": ""}}, "invalid mount path: 'x' mount path must be absolute"),
        ({}, {"tmpfs": {"/x": "foo=1"}}, 'invalid tmpfs option "foo"'),
        ({}, {"security_opt": ["foo"]}, 'invalid --security-opt 1: "foo"'),
        ({"working_dir": "foo"}, {}, "the working directory 'foo' is invalid, it needs to be an absolute path"),
        ({"env": ["=x"]}, {}, "invalid environment variable: =x"),
        ({"hostname": "h"}, {"uts_mode": "host"}, "conflicting options: hostname and the UTS mode"),
        ({"hostname": "h"}, {"network_mode": "container:x"}, "conflicting options: hostname and the network mode"),
        ({}, {"network_mode": "container:x", "publish_all_ports": True}, "conflicting options: port publishing and the container type network mode"),  # noqa: E501
        ({}, {"network_mode": "host", "links": ["a"]}, "conflicting options: host type networking can't be used with links. This would result in undefined behavior"),  # noqa: E501
    ],
)  # fmt: skip
def test_refused_in_dockers_words(config, host, message):
    with pytest.raises(Invalid) as caught:
        validate(Config(**config), HostConfig(**host))
    assert str(caught.value) == message
