"""Steps on what the process is and may do: limits, user, capabilities, privileges, system call filter."""

from __future__ import annotations

import os
import resource

from hutch.linux import caps, process, seccomp
from hutch.model.errors import Invalid
from hutch.runtime import users
from hutch.runtime.step import Inside, Step, StepFailed, strerror
from hutch.runtime.steps.terminal import OwnStreams


def number_of(kind: str) -> int | None:
    """The number of a resource limit, or None if there is none of that name (getrlimit(2))."""
    # The only one that Python does not name; the same on every architecture that we run on.
    return 10 if kind == "RLIMIT_LOCKS" else getattr(resource, kind, None)


class SetLimit(Step):
    """One resource limit."""

    __slots__ = ("hard", "kind", "soft")
    stage = "rlimits"
    reference = "setrlimit(2)"

    def __init__(self, kind: str, soft: int, hard: int) -> None:
        self.kind = kind
        self.soft = soft
        self.hard = hard

    def describe(self) -> str:
        return f"limit {self.kind} {self.soft}:{self.hard}"

    def execute(self, inside: Inside) -> None:
        number = number_of(self.kind)
        if number is None:
            raise StepFailed(f"invalid rlimit type: {self.kind}", 22)
        try:
            resource.setrlimit(number, (_limit(self.soft), _limit(self.hard)))
        except (OSError, ValueError) as err:
            errno = err.errno or 0 if isinstance(err, OSError) else 1
            reason = strerror(err) if isinstance(err, OSError) else "operation not permitted"
            raise StepFailed(f"error setting rlimit type {number}: {reason}", errno) from err


def _limit(value: int) -> int:
    return resource.RLIM_INFINITY if value < 0 or value >= 2**63 else value


class SetScoreAdj(Step):
    """How readily the kernel ends this process when memory runs out."""

    __slots__ = ("value",)
    stage = "oom_score_adj"
    reference = "proc(5), /proc/PID/oom_score_adj"

    def __init__(self, value: int) -> None:
        self.value = value

    def describe(self) -> str:
        return f"oom_score_adj {self.value}"

    def execute(self, inside: Inside) -> None:
        try:
            fd = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
            try:
                if int(os.read(fd, 16)) != self.value:
                    os.write(fd, b"%d" % self.value)
            finally:
                os.close(fd)
        except OSError as err:
            raise StepFailed(f"failed to set oom_score_adj: {strerror(err)}", err.errno or 0) from err


class SetUser(Step):
    """User, group and supplementary groups; by number, or by name from the container's own files.

    The permitted capabilities are kept over the change (PR_SET_KEEPCAPS) so that :class:`SetCapabilities` can set
    exactly what is configured.
    """

    __slots__ = ("additional", "gid", "names", "spec", "uid", "umask")
    stage = "user"
    reference = "setgroups(2), setresgid(2), setresuid(2)"

    def __init__(
        self,
        uid: int,
        gid: int,
        additional: tuple[int, ...],
        umask: int | None,
        spec: str | None,
        names: tuple[str, ...],
    ) -> None:
        self.uid = uid
        self.gid = gid
        self.additional = additional
        self.umask = umask
        self.spec = spec
        self.names = names

    def describe(self) -> str:
        groups = ",".join([*self.names, *(str(g) for g in self.additional)])
        if self.spec is not None:
            who = f"user {self.spec or 'root'} by the container's /etc/passwd"
            return who + (f", groups {groups}" if groups else "")
        who = f"uid {self.uid}"
        return f"{who}, gid {self.gid}" + (f", groups {groups}" if groups else "")

    def execute(self, inside: Inside) -> None:
        uid, gid, groups = self.uid, self.gid, list(self.additional)
        if self.spec is not None or self.names:
            uid, gid, groups, inside.home = self._by_name(inside)
            if uid:
                OwnStreams(uid).execute(inside)
        for number in (uid, gid, *groups):
            if not 0 <= number <= users.MAX_ID:
                raise StepFailed(f"uids and gids must be in range 0-{users.MAX_ID}", 22)
        process.prctl(process.PR_SET_KEEPCAPS, 1, "keepcaps")
        if _may_set_groups():
            os.setgroups(groups)
        elif groups:
            raise StepFailed("cannot set any additional groups in a rootless container", 1)
        try:
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
        except OSError as err:
            raise StepFailed(f"setting user {uid}:{gid}: {strerror(err)}", err.errno or 0) from err
        if self.umask is not None:
            os.umask(self.umask)

    def _spec(self) -> str:
        return f"{self.uid}:{self.gid}" if self.spec is None else self.spec

    def _by_name(self, inside: Inside) -> tuple[int, int, list[int], str]:
        try:
            uid, gid, groups, home = users.resolve_user(inside.root.fd, self._spec(), self.names)
        except Invalid as err:
            raise StepFailed(err.message, 22) from err
        return uid, gid, groups + [g for g in self.additional if g not in groups], home


class FindHome(Step):
    """The home folder of a user given by number, for an environment without one, from the container's /etc/passwd."""

    __slots__ = ("uid",)
    stage = "user"
    reference = "passwd(5)"

    def __init__(self, uid: int) -> None:
        self.uid = uid

    def describe(self) -> str:
        return f"find the home folder of uid {self.uid} in /etc/passwd"

    def execute(self, inside: Inside) -> None:
        try:
            inside.home = users.home_of(inside.root.fd, self.uid)
        except Invalid:  # nothing hangs on it: a masked /etc/passwd, for one, is no regular file
            inside.home = "/"


def _may_set_groups() -> bool:
    try:
        fd = os.open("/proc/self/setgroups", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        return os.read(fd, 16) != b"deny\n"
    finally:
        os.close(fd)


class SetCapabilities(Step):
    """Exactly the configured capability sets; inheritable and ambient empty unless configured (CVE-2022-24769)."""

    __slots__ = ("ambient", "bounding", "effective", "inheritable", "permitted")
    stage = "capabilities"
    reference = "capabilities(7), capset(2)"

    def __init__(self, bounding: int, effective: int, permitted: int, inheritable: int, ambient: int) -> None:
        self.bounding = bounding
        self.effective = effective
        self.permitted = permitted
        self.inheritable = inheritable
        self.ambient = ambient

    def describe(self) -> str:
        names = caps.names_of(self.effective)
        text = "all" if len(names) == len(caps.NAMES) else " ".join(n[4:].lower() for n in names) or "none"
        return f"capabilities: {text}"

    def execute(self, inside: Inside) -> None:
        try:
            caps.set_(self.effective, self.permitted, self.inheritable)
            if raised := self.raised():
                caps.set_ambient(raised)
        except OSError as err:
            raise StepFailed(f"unable to apply caps: {strerror(err)}", err.errno or 0) from err

    def raised(self) -> int:
        """The ambient capabilities that the kernel lets a process have: those that are permitted and inheritable.

        Configs name others (``runc spec`` does, and no inheritable ones): runc passes over them. Pure.
        """
        return self.ambient & self.permitted & self.inheritable


class LimitBounding(Step):
    """Drop from the bounding set what is not configured; while still root, which needs CAP_SETPCAP."""

    __slots__ = ("bounding",)
    stage = "capabilities"
    reference = "capabilities(7), PR_CAPBSET_DROP"

    def __init__(self, bounding: int) -> None:
        self.bounding = bounding

    def describe(self) -> str:
        return f"bounding set of {len(caps.names_of(self.bounding))} capabilities"

    def execute(self, inside: Inside) -> None:
        caps.limit_bounding(self.bounding)


class NoNewPrivileges(Step):
    """execve grants nothing from here on."""

    __slots__ = ()
    stage = "no_new_privs"
    reference = "prctl(2), PR_SET_NO_NEW_PRIVS"

    def describe(self) -> str:
        return "no new privileges"

    def execute(self, inside: Inside) -> None:
        process.no_new_privs()


class InstallFilter(Step):
    """The compiled seccomp filter, as late as the capabilities allow."""

    __slots__ = ("flags",)
    stage = "seccomp"
    reference = "seccomp(2), SECCOMP_SET_MODE_FILTER"

    def __init__(self, flags: int) -> None:
        self.flags = flags

    def describe(self) -> str:
        return "install the seccomp filter"

    def execute(self, inside: Inside) -> None:
        if not inside.filter:
            raise StepFailed("the config asks for a seccomp filter and none was sent")
        listener = seccomp.install(inside.filter, self.flags)
        if self.flags & seccomp.NEW_LISTENER:
            inside.listen(listener)
            os.close(listener)


class SessionKeyring(Step):
    """A session keyring of the container's own; kernels without keyrings are left alone."""

    __slots__ = ("name",)
    stage = "keyring"
    reference = "keyctl(2)"

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return f"session keyring {self.name}"

    def execute(self, inside: Inside) -> None:
        try:
            process.join_session_keyring(self.name)
        except OSError as err:
            # ENOSYS: no keyrings in this kernel; EDQUOT, EPERM: the quota is used up or a filter forbids it.
            if err.errno not in (38, 122, 1):
                raise


PERSONALITIES = {"LINUX": 0, "LINUX32": 8}


class Personality(Step):
    """The execution domain."""

    __slots__ = ("persona",)
    stage = "personality"
    reference = "personality(2)"

    def __init__(self, persona: int) -> None:
        self.persona = persona

    def describe(self) -> str:
        return f"personality {self.persona:#x}"

    def execute(self, inside: Inside) -> None:
        process.personality(self.persona)
