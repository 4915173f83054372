"""The create request of ``run`` and ``create`` from their flags (Engine API, ``ContainerCreate``)."""

from __future__ import annotations

from hutch.cli.container import environment, mounts, values
from hutch.cli.container import limits as settings
from hutch.cli.errors import CommandError, OptionError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from hutch.cli.flags import Flags

    Json = dict[str, Any]

_STREAMS = ("stdin", "stdout", "stderr")


def attached(flags: Flags, detached: bool) -> tuple[bool, bool, bool]:
    """Which of standard input, output and error the client connects to."""
    wanted = [word.lower() for word in flags.list("attach")]
    for word in wanted:
        if word not in _STREAMS:
            raise values.wrong(word, "-a, --attach", "valid streams are STDIN, STDOUT and STDERR")
    stdin = flags.on("interactive")
    if wanted:
        if detached:
            raise CommandError("conflicting options: cannot specify both --attach and --detach")
        return stdin or "stdin" in wanted, "stdout" in wanted, "stderr" in wanted
    return (False, False, False) if detached else (stdin, True, True)


def _config(flags: Flags, image: str, command: list[str], streams: tuple[bool, bool, bool]) -> Json:
    stdin = flags.on("interactive")
    body: Json = {
        "Hostname": flags.text("hostname"),
        "Domainname": flags.text("domainname"),
        "User": flags.text("user"),
        "AttachStdin": streams[0],
        "AttachStdout": streams[1],
        "AttachStderr": streams[2],
        "Tty": flags.on("tty"),
        "OpenStdin": stdin,
        "StdinOnce": stdin and streams[0],
        "Env": environment.environment(flags.list("env-file"), flags.list("env")),
        "Cmd": command or None,
        "Image": image,
        "WorkingDir": flags.text("workdir"),
        "Labels": environment.labels(flags.list("label-file"), flags.list("label")),
    }
    if "entrypoint" in flags:
        body["Entrypoint"] = [flags.text("entrypoint")]
    if "stop-signal" in flags:
        body["StopSignal"] = flags.text("stop-signal")
    if "stop-timeout" in flags:
        body["StopTimeout"] = flags.number("stop-timeout")
    health = settings.health(flags)
    if health is not None:
        body["Healthcheck"] = health
    return body


# flag -> field of HostConfig, by how the value is taken over
_TEXTS = {
    "cgroup-parent": "CgroupParent",
    "cgroupns": "CgroupnsMode",
    "cidfile": "ContainerIDFile",
    "cpuset-cpus": "CpusetCpus",
    "cpuset-mems": "CpusetMems",
    "ipc": "IpcMode",
    "isolation": "Isolation",
    "pid": "PidMode",
    "runtime": "Runtime",
    "userns": "UsernsMode",
    "uts": "UTSMode",
    "volume-driver": "VolumeDriver",
}
_NUMBERS = {
    "blkio-weight": "BlkioWeight",
    "cpu-period": "CpuPeriod",
    "cpu-quota": "CpuQuota",
    "cpu-rt-period": "CpuRealtimePeriod",
    "cpu-rt-runtime": "CpuRealtimeRuntime",
    "cpu-shares": "CpuShares",
    "cpus": "NanoCpus",
    "memory": "Memory",
    "memory-reservation": "MemoryReservation",
    "memory-swap": "MemorySwap",
    "memory-swappiness": "MemorySwappiness",
    "oom-score-adj": "OomScoreAdj",
    "pids-limit": "PidsLimit",
    "shm-size": "ShmSize",
}
_BOOLS = {
    "oom-kill-disable": "OomKillDisable",
    "init": "Init",
    "privileged": "Privileged",
    "publish-all": "PublishAllPorts",
    "read-only": "ReadonlyRootfs",
    "rm": "AutoRemove",
}
_LISTS = {
    "cap-add": "CapAdd",
    "cap-drop": "CapDrop",
    "group-add": "GroupAdd",
    "volumes-from": "VolumesFrom",
}
# flag -> field, and what checks each value
_CHECKED = {
    "add-host": ("ExtraHosts", values.extra_host),
    "dns": ("Dns", lambda word: values.address(word, "--dns")),
    "dns-search": ("DnsSearch", values.search_domain),
    "link": ("Links", values.link),
}
_PAIRS = {"annotation": "Annotations", "storage-opt": "StorageOpt"}


_NETWORK = ("network", "net", "network-alias", "net-alias", "ip", "ip6", "mac-address", "link-local-ip")
_MODES = {"pid": "PID", "uts": "UTS", "userns": "USER", "cgroupns": "CGROUP"}
_JOINS = ("pid",)


def _modes(flags: Flags) -> None:
    """Raises :class:`OptionError` for the mode of a namespace that is none."""
    for name, words in _MODES.items():
        mode = flags.text(name)
        known = ("", "host", "private") if name == "cgroupns" else ("", "host")
        if mode not in known and not (name in _JOINS and mode.startswith("container:") and mode != "container:"):
            raise OptionError(f"--{name}: invalid {words} mode")


def limits(flags: Flags) -> Json:
    """What ``update`` can change: texts and numbers of HostConfig, and the restart policy."""
    host: Json = {}
    for name, field in _TEXTS.items():
        if name in flags:
            host[field] = flags.text(name)
    for name, field in _NUMBERS.items():
        if name in flags:
            host[field] = flags.number(name)
    if "restart" in flags:
        host["RestartPolicy"] = settings.restart(flags.text("restart"))
    return host


def _host_config(flags: Flags) -> Json:
    host = limits(flags)
    for name, field in _BOOLS.items():
        if name in flags:
            host[field] = flags.on(name)
    for name, field in _LISTS.items():
        if name in flags:
            host[field] = flags.list(name)
    for name, (field, check) in _CHECKED.items():
        if name in flags:
            host[field] = [check(word) for word in flags.list(name)]
    if "sysctl" in flags:
        host["Sysctls"] = environment.pairs([values.sysctl(word) for word in flags.list("sysctl")])
    if not all("=" in word for word in flags.list("storage-opt")):
        raise OptionError("invalid storage option")
    for name, field in _PAIRS.items():
        if name in flags:
            host[field] = environment.pairs(flags.list(name))
    if "dns-option" in flags or "dns-opt" in flags:
        host["DnsOptions"] = flags.list("dns-option") + flags.list("dns-opt")
    if "log-driver" in flags or "log-opt" in flags:
        if flags.text("log-driver") == "none" and flags.list("log-opt"):
            raise OptionError("invalid logging opts for driver none")
        host["LogConfig"] = {"Type": flags.text("log-driver"), "Config": environment.pairs(flags.list("log-opt"))}
    _devices(flags, host)
    return host


def _devices(flags: Flags, host: Json) -> None:
    words = flags.list("device")
    kinds = [word for word in words if settings.is_qualified(word)]
    if kinds:
        host["DeviceRequests"] = [{"Driver": "cdi", "DeviceIDs": kinds}]
    if len(words) > len(kinds):
        host["Devices"] = [settings.device(word) for word in words if word not in kinds]
    if "device-cgroup-rule" in flags:
        host["DeviceCgroupRules"] = settings.device_rules(flags.list("device-cgroup-rule"))
    if "ulimit" in flags:
        ulimits = {each["Name"]: each for each in map(settings.ulimit, flags.list("ulimit"))}
        host["Ulimits"] = [ulimits[name] for name in sorted(ulimits)]
    if "security-opt" in flags:
        options = settings.security_options(flags.list("security-opt"))
        if "systempaths=unconfined" in options:
            options.remove("systempaths=unconfined")
            host["MaskedPaths"] = host["ReadonlyPaths"] = []
        host["SecurityOpt"] = options
    if "blkio-weight-device" in flags:
        host["BlkioWeightDevice"] = [settings.weight_device(word) for word in flags.list("blkio-weight-device")]
    for name, field in (("bps", "Bps"), ("iops", "IOps")):
        for way in ("read", "write"):
            words = flags.list(f"device-{way}-{name}")
            if words:
                host[f"BlkioDevice{way.title()}{field}"] = [
                    settings.throttle(w, f"device-{way}-{name}", size=name == "bps") for w in words
                ]


def _mounts(flags: Flags, config: Json, host: Json) -> None:
    for word in flags.list("volume"):
        kind, text = mounts.volume(word)
        if kind == "bind":
            host.setdefault("Binds", []).append(text)
        else:
            config.setdefault("Volumes", {})[text] = {}
    if "mount" in flags:
        host["Mounts"] = [mounts.mount(word) for word in flags.list("mount")]
    if "tmpfs" in flags:
        host["Tmpfs"] = mounts.tmpfs(flags.list("tmpfs"))


def _network(flags: Flags, config: Json, host: Json) -> Json:
    """Sets the ports and the network mode; returns ``NetworkingConfig``."""
    if "publish" in flags or "expose" in flags:
        from hutch.cli.container import ports

        bindings = ports.publish(flags.list("publish"))
        if bindings:
            host["PortBindings"] = bindings
        config["ExposedPorts"] = {**ports.expose(flags.list("expose")), **{port: {} for port in bindings}}
    if not any(name in flags for name in _NETWORK):
        host["NetworkMode"] = "default"
        return {}
    from hutch.cli.container.networks import networks

    host["NetworkMode"], endpoints = networks(flags)
    return {"EndpointsConfig": endpoints} if endpoints else {}


def create_body(flags: Flags, image: str, command: list[str], *, detached: bool = False) -> Json:
    """The body of the create request; raises :class:`CommandError` for what does not fit together."""
    if flags.on("rm") and flags.text("restart") not in ("no", ""):
        raise OptionError("conflicting options: cannot specify both --restart and --rm")
    if "memory-swappiness" in flags and not -1 <= flags.number("memory-swappiness") <= 100:
        value = flags.number("memory-swappiness")
        raise OptionError(f"invalid value: {value}. Valid memory swappiness range is 0-100")
    _modes(flags)
    config = _config(flags, image, command, attached(flags, detached))
    host = _host_config(flags)
    _mounts(flags, config, host)
    networking = _network(flags, config, host)
    return {**config, "HostConfig": host, "NetworkingConfig": networking}
