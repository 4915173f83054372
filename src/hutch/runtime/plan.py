"""The plan of a container: every kernel step in order, from an OCI config. Pure: nothing is touched.

The order is the contract. Each block says why it stands where it stands.
"""

from __future__ import annotations

import stat

from hutch.linux import caps
from hutch.model.errors import Invalid, Unsupported
from hutch.model.mount import Mount
from hutch.runtime import users
from hutch.runtime.seccomp.compile import flags as seccomp_flags
from hutch.runtime.shape import Shape
from hutch.runtime.step import HIGHEST_PRESERVED, Step
from hutch.runtime.steps import (
    cgroup_mounts,
    devices,
    execute,
    identity,
    kernel,
    masks,
    memory_policy,
    mounts,
    namespaces,
    rootfs,
    scheduling,
)
from hutch.runtime.steps import terminal as terminals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Config = dict[str, Any]


def build(config: Config, rootfs_mounts: list[Mount], shape: Shape) -> list[Step]:
    """The steps that turn a parked process of ``shape`` into the container of ``config``. Raises Invalid."""
    validate(config, shape)
    return [
        *prepare(shape),
        *_file_systems(config, rootfs_mounts, shape),
        *_enter_root(config, shape),
        *_process(config, shape),
    ]


def validate(config: Config, shape: Shape, hosts: frozenset[str] = frozenset()) -> None:
    """Refuse configs that cannot be honoured; ``hosts`` are the joined namespaces that are the host's own, whose
    kernel parameters are not the container's to set. Raises Invalid with runc's wording.
    """
    process = config.get("process") or {}
    if not process.get("args"):
        raise Invalid("args must not be empty")
    cwd = str(process.get("cwd") or "/")
    if not cwd.startswith("/"):
        raise Invalid("Cwd must be an absolute path")
    linux = config.get("linux") or {}
    own = frozenset(shape.new) | frozenset(shape.joins)
    for key in linux.get("sysctl") or {}:
        if reason := kernel.check_sysctl(key, own - hosts):
            raise Invalid(reason)
    if config.get("hostname") and "uts" not in own:
        raise Invalid("unable to set hostname without a private UTS namespace")
    if config.get("domainname") and "uts" not in own:
        raise Invalid("unable to set domainname without a private UTS namespace")
    if linux.get("maskedPaths") and "mount" not in own:
        raise Invalid("unable to restrict sys entries without a private MNT namespace")
    if "mount" not in own:
        raise Unsupported("a container without a mount namespace of its own is not supported")
    wanted = str(linux.get("rootfsPropagation") or "private")
    if wanted.removeprefix("r") not in ("private", "slave", "shared", "unbindable"):
        raise Invalid(f"rootfsPropagation={wanted} is not supported")
    if "user" in shape.new and not (shape.uid_map and shape.gid_map):
        raise Invalid("user namespaces enabled, but no uid mappings or no gid mappings found")
    if linux.get("netDevices") and "network" not in own:
        raise Invalid("unable to move network devices without a private NET namespace")
    if linux.get("timeOffsets") and "time" not in shape.new:
        raise Invalid("time namespace must be enabled when time offsets are set")
    for key in UNSUPPORTED:
        if linux.get(key):
            raise Unsupported(f"linux.{key} is not supported")
    _check_process(process, linux)


UNSUPPORTED = ("intelRdt", "mountLabel")
"""Fields of ``linux`` that this runtime cannot honour and therefore refuses."""


def _check_process(process: Config, linux: Config) -> None:
    for limit in process.get("rlimits") or ():
        if identity.number_of(str(limit["type"])) is None:
            raise Invalid(f"wrong rlimit value: {limit['type']}")
    domain = (linux.get("personality") or {}).get("domain")
    if domain and domain not in identity.PERSONALITIES:
        raise Invalid(f"invalid personality domain {domain!r}")
    if (linux.get("personality") or {}).get("flags"):
        raise Unsupported("linux.personality.flags is not supported")
    _scheduling(process)
    if linux.get("memoryPolicy"):
        memory_policy.SetMemoryPolicy.of(linux["memoryPolicy"])
    for text in (process.get("execCPUAffinity") or {}).values():
        scheduling.processors_of(str(text))


def check_preserved(preserve: tuple[int, ...]) -> None:
    """Refuse more descriptors for the process than there are numbers for. Raises Invalid."""
    if len(preserve) > HIGHEST_PRESERVED - 2:
        raise Invalid(f"cannot preserve more than {HIGHEST_PRESERVED - 2} descriptors")


def prepare(shape: Shape) -> list[Step]:
    """What depends on the shape alone: a parked sandbox has it behind it."""
    steps: list[Step] = []
    # First the namespaces: every later step must land in the container's, none on the host.
    if "user" in shape.new or "user" in shape.joins:
        steps.append(namespaces.UserRoot())
    steps += [
        namespaces.JoinNamespace(kind, path)
        for kind, path in shape.joins.items()
        if kind not in ("user", "pid", "time")
    ]
    # The cgroup namespace's root is where the process is when it is made: so after it was attached, not by clone.
    if "cgroup" in shape.new:
        steps.append(namespaces.NewNamespace("cgroup"))
    if "network" in shape.new:
        steps.append(namespaces.LoopbackUp())
    if "mount" in shape.new and shape.propagation in ALONE:
        steps.append(namespaces.Propagation(shape.propagation))
    return steps


ALONE = ("rslave", "rprivate")
"""Modes in which nothing that is mounted from now on is seen on the host."""


def _file_systems(config: Config, rootfs_mounts: list[Mount], shape: Shape) -> list[Step]:
    root = config.get("root") or {}
    linux = config.get("linux") or {}
    steps: list[Step] = []
    if not rootfs_mounts:
        rootfs_mounts = [Mount("bind", str(root.get("path") or "rootfs"), "/", ("rbind",))]
    steps += [rootfs.MountRoot.of(each) for each in rootfs_mounts if each.target == "/"]
    if root.get("mtab"):
        steps.append(rootfs.MountsLink())
    wanted = [_mount(value, shape) for value in config.get("mounts") or []]
    if "mount" in shape.new and shape.propagation not in ALONE:
        # What is shared with the host is taken while it is; only then may anything be mounted.
        binds = [step for step in wanted if isinstance(step, mounts.MountFilesystem) and step.shared()]
        shared = [namespaces.Propagation(shape.propagation), *(mounts.TakeShared(bind) for bind in binds)]
        steps = [*shared, namespaces.Propagation("rslave"), *steps]
    steps += wanted
    # Nodes only where the config mounts a /dev: a bound host /dev has its own.
    if _has_dev(config):
        steps += _devices(linux, shape)
    # A terminal needs the container's devpts and, for /dev/console, a root that is still writable.
    steps.append(terminals.NewSession())
    process = config.get("process") or {}
    if process.get("terminal"):
        size = process.get("consoleSize") or {}
        steps.append(terminals.OpenTerminal(int(size.get("height", 0)), int(size.get("width", 0)), True))
    else:
        steps.append(terminals.TakeStreams())
    return steps


def _mount(value: Config, shape: Shape) -> Step:
    kind = str(value.get("type") or "")
    options = tuple(str(option) for option in value.get("options") or ())
    destination = str(value["destination"])
    if kind in ("cgroup", "cgroup2"):
        return cgroup_mounts.MountCgroups(destination, options, "cgroup" in shape.new or "cgroup" in shape.joins)
    uid_map, gid_map = _maps(value.get("uidMappings")), _maps(value.get("gidMappings"))
    mapped = bool(uid_map or gid_map) or not {"idmap", "ridmap"}.isdisjoint(options)
    if mapped and kind not in ("", "bind", "none") and {"bind", "rbind"}.isdisjoint(options):
        raise Invalid(f"mount {destination}: id-mapped mounts are only supported for bind-mounts")
    if mapped and not uid_map:
        uid_map, gid_map = shape.uid_map, shape.gid_map  # the container's own
    if mapped and not (uid_map and gid_map):
        raise Invalid(f"mount {destination}: an id-mapped mount needs both uidMappings and gidMappings")
    return mounts.MountFilesystem(
        kind or "bind", str(value.get("source") or ""), "/" + destination.lstrip("/"), options, uid_map, gid_map
    )


def _maps(value: list[Config] | None) -> tuple[tuple[int, int, int], ...]:
    return tuple((int(m["containerID"]), int(m["hostID"]), int(m["size"])) for m in value or ())


def _has_dev(config: Config) -> bool:
    """Whether the config gives the container a /dev of its own."""
    for value in config.get("mounts") or []:
        if str(value.get("destination")).rstrip("/") == "/dev":
            return str(value.get("type")) != "bind" and not {"bind", "rbind"} & set(value.get("options") or ())
    return True


def _devices(linux: Config, shape: Shape) -> list[Step]:
    bind = "user" in shape.new or "user" in shape.joins
    wanted: dict[str, Step] = {}
    for path, major, minor in devices.DEFAULT_DEVICES:
        wanted[path] = devices.MakeDevice(path, "c", major, minor, 0o666, 0, 0, bind)
    for value in linux.get("devices") or []:
        path = str(value["path"])
        kind = str(value.get("type") or "c")
        if kind not in ("c", "u", "b", "p"):
            raise Invalid(f"device {path}: unknown type {kind!r}")
        if path in ("/dev/ptmx", "/dev/console") or path.startswith("/dev/pts/"):
            continue
        mode = stat.S_IMODE(int(value.get("fileMode") if value.get("fileMode") is not None else 0o666))
        wanted[path] = devices.MakeDevice(
            path,
            kind,
            int(value.get("major") or 0),
            int(value.get("minor") or 0),
            mode,
            int(value.get("uid") or 0),
            int(value.get("gid") or 0),
            bind,
        )
    return [*wanted.values(), devices.MakeLinks(devices.LINKS)]


def _enter_root(config: Config, shape: Shape) -> list[Step]:
    linux = config.get("linux") or {}
    hooks = config.get("hooks") or {}
    root = config.get("root") or {}
    process = config.get("process") or {}
    steps: list[Step] = []
    # Hooks see the finished mounts, but still from the host's root: their programs live there.
    if hooks.get("prestart") or hooks.get("createRuntime"):
        steps.append(execute.AskParent("createRuntime"))
    if hooks.get("createContainer"):
        steps.append(execute.RunHooks("createContainer", tuple(hooks["createContainer"]), shape.state))
    if (value := process.get("oomScoreAdj")) is not None and "user" not in shape.new:
        steps.append(identity.SetScoreAdj(int(value)))
    # By descriptor of the container's own root, before the pivot: the image can no longer change what is masked.
    steps += [masks.ReadonlyPath(path) for path in linux.get("readonlyPaths") or ()]
    steps += [masks.MaskPath(path) for path in linux.get("maskedPaths") or ()]
    steps.append(execute.MakeWorkingDirectory(str(process.get("cwd") or "/")))
    if root.get("readonly"):
        steps.append(rootfs.ReadonlyRoot())
    if "mount" in shape.new and shape.pivot:
        steps.append(rootfs.Pivot(str(linux.get("rootfsPropagation") or "")))
    else:
        steps.append(rootfs.Chroot())
    if config.get("hostname"):
        steps.append(namespaces.Hostname(str(config["hostname"])))
    if config.get("domainname"):
        steps.append(namespaces.Domainname(str(config["domainname"])))
    steps += [kernel.SetSysctl(str(key), str(value)) for key, value in (linux.get("sysctl") or {}).items()]
    return steps


def _process(config: Config, shape: Shape) -> list[Step]:
    process = config["process"]
    hooks = config.get("hooks") or {}
    steps: list[Step] = []
    if shape.keyring:
        steps.append(identity.SessionKeyring(f"_ses.{shape.name}"))
    steps += _identity(process, config.get("linux") or {}, outside="user" in shape.new)
    steps.append(execute.WaitForStart())
    if hooks.get("startContainer"):
        created = {**shape.state, "status": "created"}
        steps.append(execute.RunHooks("startContainer", tuple(hooks["startContainer"]), created))
    return steps + _last(process, config.get("linux") or {}, shape.preserve)


def _identity(process: Config, linux: Config, outside: bool = False) -> list[Step]:
    """From limits to capabilities: what makes the process who it is. ``outside``: the parent sets the limits."""
    steps: list[Step] = []
    for limit in () if outside else process.get("rlimits") or ():
        steps.append(identity.SetLimit(str(limit["type"]), int(limit["soft"]), int(limit["hard"])))
    if (linux.get("personality") or {}).get("domain"):
        steps.append(identity.Personality(identity.PERSONALITIES[str(linux["personality"]["domain"])]))
    steps += _scheduling(process)
    if linux.get("memoryPolicy"):
        steps.append(memory_policy.SetMemoryPolicy.of(linux["memoryPolicy"]))
    if process.get("apparmorProfile"):
        steps.append(kernel.SetAppArmor(str(process["apparmorProfile"])))
    if process.get("selinuxLabel"):
        steps.append(kernel.SetSelinux(str(process["selinuxLabel"])))
    user = process.get("user") or {}
    capabilities = _capabilities(process)
    # Without no_new_privs a filter may only be installed with CAP_SYS_ADMIN, so before capabilities are dropped.
    if linux.get("seccomp") and not process.get("noNewPrivileges"):
        steps.append(identity.InstallFilter(seccomp_flags(linux["seccomp"])))
    if capabilities is not None:
        steps.append(identity.LimitBounding(capabilities.bounding))
    uid = _id(user.get("uid"))
    spec = str(user["username"]) if user.get("username") is not None else None
    if uid:
        steps.append(terminals.OwnStreams(uid))
    if spec is None and not user.get("groups") and not _has_home(process):
        steps.append(identity.FindHome(uid))
    steps.append(
        identity.SetUser(
            uid,
            _id(user.get("gid")),
            tuple(_id(gid) for gid in user.get("additionalGids") or ()),
            int(user["umask"]) if user.get("umask") is not None else 0o022,
            spec,
            tuple(str(name) for name in user.get("groups") or ()),
        )
    )
    if capabilities is not None:
        steps.append(capabilities)
    steps.append(execute.WorkingDirectory(str(process.get("cwd") or "/")))
    steps.append(execute.FindProgram(str(process["args"][0]), _path_of(process)))
    return steps


def _id(value: object) -> int:
    """A user or group id. Raises Invalid for what the kernel's 32 bits would make another of."""
    number = int(str(value or 0))
    if not 0 <= number <= users.MAX_ID:
        raise Invalid(f"uids and gids must be in range 0-{users.MAX_ID}")
    return number


def _scheduling(process: Config) -> list[Step]:
    steps: list[Step] = []
    if process.get("scheduler"):
        steps.append(scheduling.SetScheduler.of(process["scheduler"]))
    if process.get("ioPriority"):
        steps.append(scheduling.SetIoPriority.of(process["ioPriority"]))
    return steps


def _last(process: Config, linux: Config, preserve: int) -> list[Step]:
    """What must come last: nothing of ours may run after the filter, no descriptor of ours survive execve."""
    steps: list[Step] = []
    if process.get("noNewPrivileges"):
        steps.append(identity.NoNewPrivileges())
    steps.append(execute.CloseDescriptors(preserve))
    if linux.get("seccomp") and process.get("noNewPrivileges"):
        steps.append(identity.InstallFilter(seccomp_flags(linux["seccomp"])))
    steps.append(execute.Execute(tuple(str(arg) for arg in process["args"]), environment_of(process)))
    return steps


def join_steps(config: Config, process: Config, preserve: int = 0) -> list[Step]:
    """The steps of a further process in a running container, once it is in its namespaces. Raises Invalid."""
    if not process.get("args"):
        raise Invalid("args must not be empty")
    linux = config.get("linux") or {}
    steps: list[Step] = []
    # In its cgroup by now, whose cpuset has just set the affinity anew.
    if final := (process.get("execCPUAffinity") or {}).get("final"):
        steps.append(scheduling.SetAffinity(str(final)))
    steps.append(terminals.NewSession())
    if process.get("terminal"):
        size = process.get("consoleSize") or {}
        steps.append(terminals.OpenTerminal(int(size.get("height", 0)), int(size.get("width", 0)), False))
    else:
        steps.append(terminals.TakeStreams())
    if (value := process.get("oomScoreAdj")) is not None:
        steps.append(identity.SetScoreAdj(int(value)))
    return steps + _identity(process, linux) + _last(process, linux, preserve)


def environment_of(process: Config) -> tuple[str, ...]:
    """The entries of the environment; of several with one name the last, as getenv(3) would find the first."""
    entries: dict[str, str] = {}
    for entry in reversed(process.get("env") or ()):
        entries.setdefault(str(entry).partition("=")[0], str(entry))
    return tuple(reversed(entries.values()))


def _has_home(process: Config) -> bool:
    return any(str(entry).startswith("HOME=") for entry in process.get("env") or ())


def _path_of(process: Config) -> str:
    for entry in environment_of(process):
        if entry.startswith("PATH="):
            return entry[5:]
    return ""


def _capabilities(process: Config) -> identity.SetCapabilities | None:
    """The capability sets; None leaves them as they are (a config without ``capabilities``)."""
    value = process.get("capabilities")
    if value is None:
        return None
    masks_of = {}
    for name in ("bounding", "effective", "permitted", "inheritable", "ambient"):
        known = [str(c) for c in value.get(name) or () if str(c) in caps.NUMBERS]
        masks_of[name] = caps.mask(known)
    return identity.SetCapabilities(**masks_of)
