"""Device rules in v2: an eBPF program of type CGROUP_DEVICE on the cgroup (bpf(2), cgroup-v2.rst "Device")."""

from __future__ import annotations

import os

from hutch.linux import bpf
from hutch.model.errors import System
from hutch.runtime.cgroups.device_rules import ANY, Rule, effective

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ACCESS = {"m": 1, "r": 2, "w": 4}
_KIND = {"b": 1, "c": 2}
_TYPE, _WANTED, _MAJOR, _MINOR, _SCRATCH = 2, 3, 4, 5, 6  # registers; 1 is the context, 0 the verdict


def program(rules: list[Rule]) -> bytes:
    """The program that decides as ``rules`` do: for each wanted kind of access the last rule that speaks of it wins.

    It walks the rules from the last to the first and drops from the wanted access what an allow rule grants. The
    context is ``struct bpf_cgroup_dev_ctx``: access << 16 | type, major, minor, each u32. Verdict 1 allows.
    """
    code = [
        bpf.load_word(_TYPE, 1, 0),
        bpf.move(_WANTED, _TYPE),
        bpf.and_value(_TYPE, 0xFFFF),
        bpf.shift_right(_WANTED, 16),
        bpf.load_word(_MAJOR, 1, 4),
        bpf.load_word(_MINOR, 1, 8),
    ]
    default = 0
    for rule in reversed(rules):
        if rule.kind == "a":
            default = int(rule.allow)
            break
        code += _rule(rule)
    return b"".join([*code, bpf.move_value(0, default), bpf.leave()])


def _rule(rule: Rule) -> list[bytes]:
    bits = sum(_ACCESS[letter] for letter in set(rule.access))
    if rule.allow:
        body = [bpf.and_value(_WANTED, 7 & ~bits), bpf.jump_unless_equal(_WANTED, 0, 2)]
    else:
        body = [bpf.move(_SCRATCH, _WANTED), bpf.and_value(_SCRATCH, bits), bpf.jump_if_equal(_SCRATCH, 0, 2)]
    body += [bpf.move_value(0, int(rule.allow)), bpf.leave()]
    guards = [(_TYPE, _KIND[rule.kind])]
    guards += [(reg, n) for reg, n in ((_MAJOR, rule.major), (_MINOR, rule.minor)) if n != ANY]
    left = len(guards) + len(body)
    return [bpf.jump_unless_equal(reg, n, left - i - 1) for i, (reg, n) in enumerate(guards)] + body


def apply(folder: str, resources: dict[str, Any]) -> None:
    """Put the device rules in force, atomically replacing the ones that were; nothing when the config has none.

    Raises Invalid for a bad rule, System when the kernel refuses the program.
    """
    rules = effective(resources.get("devices"))
    if not rules:
        return
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            bpf.attach_device_filter(fd, program(rules))
        finally:
            os.close(fd)
    except OSError as e:
        raise System(f"cannot put the device rules of {folder} in force: {(e.strerror or str(e)).lower()}") from e
