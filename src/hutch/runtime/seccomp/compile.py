"""The compiler: rules by name to one program for all architectures of the config.

The number is looked up by binary search over ranges of numbers that share a verdict, so a call passes about eight
instructions however long the profile is. What a rule means follows libseccomp, because profiles are written for it:
an unconditional rule outweighs those with conditions on the same call, the conditions of one rule must all hold
(unless two are on the same argument: then they are alternatives, as in runc), a rule that says what the default says
is left out, names an architecture does not have are skipped, and a call from an architecture that is not in the
config kills the thread.
"""

from __future__ import annotations

from hutch.model.errors import Invalid, Unsupported
from hutch.runtime import notify
from hutch.runtime.seccomp import condition
from hutch.runtime.seccomp.instruction import (
    ARCH,
    AT_LEAST,
    EQUAL,
    MAXIMUM,
    NUMBER,
    Code,
    answer,
    branch,
    encode,
    load,
)
from hutch.runtime.seccomp.syscalls import IPC, SOCKETCALL, X32_BIT, Arch, known, native, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KILL_THREAD, _KILL_PROCESS, _TRAP, _ERRNO = 0x00000000, 0x80000000, 0x00030000, 0x00050000
_TRACE, _LOG, _ALLOW, _NOTIFY = 0x7FF00000, 0x7FFC0000, 0x7FFF0000, 0x7FC00000
_ACTIONS = {
    "SCMP_ACT_KILL": _KILL_THREAD,
    "SCMP_ACT_KILL_THREAD": _KILL_THREAD,
    "SCMP_ACT_KILL_PROCESS": _KILL_PROCESS,
    "SCMP_ACT_TRAP": _TRAP,
    "SCMP_ACT_LOG": _LOG,
    "SCMP_ACT_ALLOW": _ALLOW,
    "SCMP_ACT_NOTIFY": _NOTIFY,
}
_EPERM, _ENOSYS, _MAX_ERRNO = 1, 38, 4095
FLAGS = {
    "SECCOMP_FILTER_FLAG_TSYNC": 1,
    "SECCOMP_FILTER_FLAG_LOG": 2,
    "SECCOMP_FILTER_FLAG_SPEC_ALLOW": 4,
    "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": 32,
}
NEW_LISTENER = 8
ACTIONS = (*_ACTIONS, "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE")

Conditions = list[tuple[int, str, int, int]]


class Rules:
    """What is said of one call: the verdict when nothing is asked of its arguments, or verdicts under conditions."""

    __slots__ = ("always", "conditional")

    def __init__(self) -> None:
        self.always: int | None = None
        self.conditional: list[tuple[Conditions, int]] = []


def compile_filter(config: dict[str, Any], *, agent: bool = False) -> bytes:
    """The program for ``linux.seccomp``. ``agent``: the caller hands the listener of SCMP_ACT_NOTIFY to its agent.

    Raises Invalid for a wrong config, Unsupported for SCMP_ACT_NOTIFY without ``agent`` and for a program longer than
    the kernel takes.
    """
    if notify.uses(config) and not agent:
        raise Unsupported("seccomp action SCMP_ACT_NOTIFY is not supported")
    notify.check(config)
    default = verdict(config.get("defaultAction"), config.get("defaultErrnoRet"))
    arches = known(config.get("architectures") or [native()]) or known([native()])
    entries = _entries(config.get("syscalls") or [], default)
    stub = default & 0xFFFF0000 in (_ERRNO, _KILL_THREAD, _KILL_PROCESS & 0xFFFF0000)
    code: Code = [answer(_KILL_THREAD)]
    # x32 shares its audit value with x86-64 and is told apart by a bit of the number.
    for audit in reversed(list(dict.fromkeys(arch.audit for arch in arches))):
        same = [arch for arch in arches if arch.audit == audit]
        code = branch(EQUAL, audit, [load(NUMBER), *_by_number(same, entries, default, stub)], code)
    code = [load(ARCH), *code]
    if len(code) > MAXIMUM:
        raise Unsupported(f"the seccomp profile needs {len(code)} BPF instructions, the kernel takes {MAXIMUM}")
    return encode(code)


def flags(config: dict[str, Any]) -> int:
    """The flags for seccomp(2). Without a list: no speculation mitigations, which is the kernel's own default since
    5.16 and runc's. Raises Invalid for an unknown flag."""
    names = config.get("flags")
    result = FLAGS["SECCOMP_FILTER_FLAG_SPEC_ALLOW"] if names is None else 0
    for name in names or ():
        if name not in FLAGS:
            raise Invalid(f"unsupported seccomp flag: {name}")
        result |= FLAGS[name]
    if notify.uses(config):
        return result | NEW_LISTENER
    # It is about calls that an agent answers; without one the kernel would not take it.
    return result & ~FLAGS["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]


def verdict(action: object, number: object = None) -> int:
    """The return value of a filter for an action. Raises Invalid for an unknown one or an errno out of range."""
    if action in ("SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"):
        value = _EPERM if number is None else number
        if not isinstance(value, int) or not 0 <= value <= (_MAX_ERRNO if action == "SCMP_ACT_ERRNO" else 0xFFFF):
            raise Invalid(f"invalid seccomp errnoRet: {value}")
        return (_ERRNO if action == "SCMP_ACT_ERRNO" else _TRACE) | value
    if not isinstance(action, str) or action not in _ACTIONS:
        raise Invalid(f"invalid seccomp action: {action}")
    return _ACTIONS[action]


def _entries(calls: list[dict[str, Any]], default: int) -> list[tuple[list[str], list[Conditions], int]]:
    """(names, alternatives of conditions, verdict) of every rule that does not merely repeat the default."""
    result = []
    for call in calls:
        value = verdict(call.get("action"), call.get("errnoRet"))
        conditions = [condition.parse(a) for a in call.get("args") or []]
        indexes = [c[0] for c in conditions]
        alternatives = [conditions] if len(set(indexes)) == len(indexes) else [[c] for c in conditions]
        if value != default:
            result.append((list(call.get("names") or []), alternatives, value))
    return result


def rules_for(arch: Arch, entries: list[tuple[list[str], list[Conditions], int]]) -> dict[int, Rules]:
    """The rules by number on one architecture."""
    numbers = table(arch)
    found: dict[int, Rules] = {}
    for names, alternatives, value in entries:
        for name in names:
            for number, conditions in _places(arch, numbers, name, alternatives):
                rules = found.setdefault(number, Rules())
                if conditions:
                    rules.conditional.append((conditions, value))
                elif rules.always is None:
                    rules.always = value
    return found


def _places(
    arch: Arch, numbers: dict[str, int], name: str, alternatives: list[Conditions]
) -> list[tuple[int, Conditions]]:
    """Where a rule on a name applies: its own number, and on i386 the multiplexers that reach the same call. A
    multiplexer's arguments lie in memory, where no filter can see them, so only unconditional rules extend to it."""
    places = [(numbers[name], conditions) for conditions in alternatives] if name in numbers else []
    if arch.name == "x86" and alternatives == [[]]:
        for multiplexer, calls in (("socketcall", SOCKETCALL), ("ipc", IPC)):
            if name in calls:
                only: Conditions = [(0, "SCMP_CMP_EQ", calls[name], 0)]
                places.append((numbers[multiplexer], only))
    return places


def _by_number(
    arches: list[Arch], entries: list[tuple[list[str], list[Conditions], int]], default: int, stub: bool
) -> Code:
    """The part of the program for one audit value: A holds the number."""
    plain = [arch for arch in arches if arch.name != "x32"]
    marked = [arch for arch in arches if arch.name == "x32"]
    if not marked:
        code = _one(plain[0], entries, default, stub)
        if plain[0].name == "x86_64":
            # Without x32 in the config its calls come from an architecture that is not in it.
            foreign = [answer(_ERRNO | _ENOSYS if stub else _KILL_THREAD)]
            return branch(AT_LEAST, X32_BIT, foreign, code)
        return code
    lower = _one(plain[0], entries, default, stub) if plain else [answer(_KILL_THREAD)]
    return branch(AT_LEAST, X32_BIT, _one(marked[0], entries, default, stub), lower)


def _one(arch: Arch, entries: list[tuple[list[str], list[Conditions], int]], default: int, stub: bool) -> Code:
    """Search over the numbers of one architecture.

    A call newer than every call the profile names was not refused by its author, who could not know it: it gets
    ENOSYS, so that programs fall back to what they did before the call existed (runc does the same).
    """
    rules = rules_for(arch, entries)
    names = {name for group, _, _ in entries for name in group}
    highest = max((n for name, n in table(arch).items() if name in names), default=-1)
    base = X32_BIT if arch.name == "x32" else 0
    ends: list[tuple[int, Code]] = []  # (first number, what to do from there on)

    def extend(first: int, code: Code) -> None:
        if not ends or ends[-1][1] != code:
            ends.append((first, code))

    extend(base, [answer(default)])
    following = base
    for number in sorted(rules):
        if number > following:
            extend(following, [answer(default)])
        extend(number, _call(rules[number], default, wide=arch.wide))
        following = number + 1
    extend(following, [answer(default)])
    if stub and highest >= 0:
        while ends and ends[-1][0] > highest:
            ends.pop()
        extend(highest + 1, [answer(_ERRNO | _ENOSYS)])
    return _search(ends)


def _call(rules: Rules, default: int, *, wide: bool) -> Code:
    if rules.always is not None:
        return [answer(rules.always)]
    code: Code = []
    for conditions, value in rules.conditional:
        code += condition.compile_all(conditions, wide=wide, then=[answer(value)])
    return [*code, answer(default)]


def _search(ends: list[tuple[int, Code]]) -> Code:
    if len(ends) == 1:
        return ends[0][1]
    middle = len(ends) // 2
    return branch(AT_LEAST, ends[middle][0], _search(ends[middle:]), _search(ends[:middle]))
