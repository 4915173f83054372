"""``features``: what this runtime can do, as the runtime-spec describes it (features.md)."""

from __future__ import annotations

import json
import os
import sys

from hutch import __version__
from hutch.linux import caps, namespaces
from hutch.runtime import mount_options
from hutch.runtime.arguments import Options, Parsed
from hutch.runtime.seccomp import compile, condition, syscalls
from hutch.runtime.state import OCI_VERSION

OPTIONS = Options()


def run(root: str, parsed: Parsed) -> int:
    """Print it as JSON."""
    del root, parsed
    sys.stdout.write(json.dumps(features(), indent=2) + "\n")
    return 0


def features() -> dict[str, object]:
    """The features object."""
    return {
        "ociVersionMin": "1.0.0",
        "ociVersionMax": OCI_VERSION,
        "hooks": ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"],
        "mountOptions": mount_options.known(),
        "linux": {
            "namespaces": sorted(namespaces.FLAGS),
            "capabilities": list(caps.NAMES[: caps.last() + 1]),
            "cgroup": {"v1": True, "v2": True, "systemd": False, "systemdUser": False, "rdma": True},
            "seccomp": {
                "enabled": True,
                "actions": sorted(compile.ACTIONS),
                "operators": sorted(condition.OPERATORS),
                "archs": sorted(syscalls.ARCHES),
                "knownFlags": sorted(compile.FLAGS),
                "supportedFlags": sorted(compile.FLAGS),
            },
            "apparmor": {"enabled": os.path.isdir("/sys/module/apparmor")},
            "selinux": {"enabled": os.path.isdir("/sys/fs/selinux")},
            "intelRdt": {"enabled": False},
            "mountExtensions": {"idmap": {"enabled": True}},
            "netDevices": {"enabled": True},
        },
        "annotations": {"org.hutch.runtime.version": __version__},
    }
