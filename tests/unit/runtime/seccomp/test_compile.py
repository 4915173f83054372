import json
import os
import struct

import pytest

from hutch.model.errors import Invalid, Unsupported
from hutch.runtime.seccomp.compile import compile_filter, flags, verdict
from hutch.runtime.seccomp.syscalls import ARCHES, X32_BIT, table

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF0000, 0x50001, 0x50026, 0
X86_64, X86, ARM64 = 0xC000003E, 0x40000003, 0xC00000B7
THREE = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]


def allow(*names, **more):
    return {"names": list(names), "action": "SCMP_ACT_ALLOW", **more}


def program(*rules, default="SCMP_ACT_ERRNO", arches=THREE, **more):
    return compile_filter({"defaultAction": default, "architectures": arches, "syscalls": list(rules), **more})


def number(name, arch="X86_64"):
    return table(ARCHES["SCMP_ARCH_" + arch])[name]


def test_each_architecture_has_its_own_numbers(run):
    code = program(allow("read", "openat2"))
    assert run(code, number("read")) == ALLOW and run(code, number("write")) == EPERM
    assert run(code, number("read", "X86"), X86) == ALLOW and run(code, number("read"), X86) == EPERM
    assert run(code, number("read", "X32")) == ALLOW and run(code, number("write", "X32")) == EPERM


def test_other_architectures_are_killed(run):
    code = program(allow("read"), arches=["SCMP_ARCH_X86_64"])
    assert run(code, number("read", "X86"), X86) == KILL and run(code, 0, ARM64) == KILL
    assert run(code, X32_BIT, X86_64) == ENOSYS
    loose = program(
        {"names": ["reboot"], "action": "SCMP_ACT_ERRNO"}, default="SCMP_ACT_ALLOW", arches=["SCMP_ARCH_X86_64"]
    )
    assert run(loose, X32_BIT, X86_64) == KILL


def test_calls_newer_than_the_profile_do_not_exist(run):
    code = program(allow("read", "clone3"))
    assert (
        run(code, 434) == EPERM and run(code, 435) == ALLOW and run(code, 436) == ENOSYS and run(code, 5000) == ENOSYS
    )
    assert run(code, X32_BIT + 5000) == ENOSYS
    open_code = program({"names": ["clone3"], "action": "SCMP_ACT_ERRNO"}, default="SCMP_ACT_ALLOW")
    assert run(open_code, 5000) == ALLOW


def test_a_rule_that_repeats_the_default_still_counts_as_known(run):
    code = program(
        allow("read"),
        {"names": ["bpf"], "action": "SCMP_ACT_ERRNO"},
        {"names": ["mseal"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5},
    )
    assert run(code, number("bpf")) == EPERM and run(code, 462) == 0x50005 and run(code, 463) == ENOSYS


def test_an_unconditional_rule_outweighs_conditions_whatever_the_order(run):
    conditional = allow("clone", args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}])
    strict = {"names": ["clone"], "action": "SCMP_ACT_ERRNO", "errnoRet": 9}
    for rules in ((conditional, strict), (strict, conditional)):
        assert run(program(*rules), number("clone"), args=[1]) == 0x50009


def test_several_rules_on_one_call_are_alternatives(run):
    code = program(*(allow("personality", args=[{"index": 0, "value": v, "op": "SCMP_CMP_EQ"}]) for v in (0, 8)))
    assert [run(code, number("personality"), args=[v]) for v in (0, 8, 1, 8 << 32)] == [ALLOW, ALLOW, EPERM, EPERM]


def test_two_conditions_on_one_argument_are_alternatives(run):
    args = [{"index": 0, "value": v, "op": "SCMP_CMP_EQ"} for v in (3, 5)]
    code = program(allow("socket", args=args))
    assert [run(code, number("socket"), args=[v]) for v in (3, 4, 5)] == [ALLOW, EPERM, ALLOW]


def test_multiplexers_of_i386(run):
    code = program(allow("accept", "shmat"))
    assert run(code, 102, X86, [5]) == ALLOW and run(code, 102, X86, [1]) == EPERM
    assert run(code, 117, X86, [21]) == ALLOW and run(code, 117, X86, [22]) == EPERM
    with_args = program(allow("socket", args=[{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}]))
    assert run(with_args, 102, X86, [1]) == EPERM and run(with_args, 359, X86, [1]) == ALLOW


def test_unknown_names_are_skipped(run):
    code = program(allow("read", "no_such_call_ever"))
    assert run(code, number("read")) == ALLOW


@pytest.mark.parametrize(
    ("action", "number_", "value"),
    [
        ("SCMP_ACT_ERRNO", None, EPERM), ("SCMP_ACT_ERRNO", 0, 0x50000), ("SCMP_ACT_TRACE", 7, 0x7FF00007),
        ("SCMP_ACT_KILL", None, 0), ("SCMP_ACT_KILL_THREAD", None, 0), ("SCMP_ACT_KILL_PROCESS", None, 0x80000000),
        ("SCMP_ACT_TRAP", None, 0x30000), ("SCMP_ACT_LOG", None, 0x7FFC0000), ("SCMP_ACT_ALLOW", None, ALLOW),
    ],
)  # fmt: skip
def test_verdicts(action, number_, value):
    assert verdict(action, number_) == value


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"defaultAction": "ALLOW"},
        {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096},
        {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["x"]},
        {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"]}]},
    ],
)
def test_wrong_configs_are_refused(config):
    with pytest.raises(Invalid):
        compile_filter(config)


def test_notification_is_refused_by_name():
    with pytest.raises(Unsupported, match="SCMP_ACT_NOTIFY"):
        program({"names": ["read"], "action": "SCMP_ACT_NOTIFY"})


def test_notification_for_an_agent():
    config = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "listenerPath": "/agent",
        "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
        "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}],
    }
    assert struct.pack("<HBBI", 6, 0, 0, 0x7FC00000) in compile_filter(config, agent=True)
    assert flags(config) == 8 | 32
    assert flags({**config, "syscalls": []}) == 0
    with pytest.raises(Invalid, match="listenerPath"):
        compile_filter({**config, "listenerPath": ""}, agent=True)


def test_a_program_longer_than_the_kernel_takes_is_refused():
    args = [{"index": i, "value": 1, "op": "SCMP_CMP_GT"} for i in range(6)]
    with pytest.raises(Unsupported, match="BPF instructions"):
        program(*(allow("read", args=args) for _ in range(120)))


def test_flags():
    assert flags({}) == 4 and flags({"flags": []}) == 0
    assert flags({"flags": ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"]}) == 3
    with pytest.raises(Invalid, match="FLAG_X"):
        flags({"flags": ["FLAG_X"]})


def read_plainly(config, arch, name, args):
    """The verdict on a call by reading the profile from top to bottom."""
    found = [rule for rule in config["syscalls"] if name in rule["names"]]
    for rule in found:
        if not rule.get("args") and verdict(rule["action"], rule.get("errnoRet")) != EPERM:
            return verdict(rule["action"], rule.get("errnoRet"))
    for rule in found:
        holds = []
        for a in rule.get("args", ()):
            given, value = args[a["index"]], a["value"]
            if not arch.wide:
                given, value = given & 0xFFFFFFFF, value & 0xFFFFFFFF
            op = a["op"].removeprefix("SCMP_CMP_")
            holds.append(
                {"EQ": given == value, "LT": given < value, "GT": given > value, "MASKED_EQ": given & value == 0}[op]
            )
        if holds and all(holds):
            return verdict(rule["action"], rule.get("errnoRet"))
    return EPERM


@pytest.mark.parametrize("native", ["amd64", "arm64"])
@pytest.mark.parametrize("held", [(), ("CAP_SYS_ADMIN",), ("CAP_SYS_PTRACE", "CAP_BPF")])
def test_every_call_of_the_default_profile_is_decided_as_it_reads(native, held, run):
    from hutch.spec import seccomp

    config = seccomp.evaluate(seccomp.default_profile(), arch=native, kernel=(6, 1), capabilities=frozenset(held))
    code = compile_filter(config)
    assert len(code) // 8 < 800
    interesting = [0, 8, 38, 39, 40, 41, 0x20000, 0x20008, 0xFFFFFFFF, 0x10000000, 1 << 40, (1 << 64) - 1]
    for arch in (ARCHES[name] for name in config["architectures"]):
        multiplexed = ("socketcall", "ipc")
        highest = max(n for name, n in table(arch).items() if any(name in r["names"] for r in config["syscalls"]))
        for name, nr in table(arch).items():
            for value in interesting:
                args = [value] * 6
                expected = ENOSYS if nr > highest else read_plainly(config, arch, name, args)
                assert name in multiplexed or run(code, nr, arch.audit, args) == expected, (arch.name, name, hex(value))


def test_the_result_does_not_depend_on_the_order_of_hashing():
    config = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "architectures": THREE,
        "syscalls": [allow("read", "write", "openat2")],
    }
    assert compile_filter(config) == compile_filter(json.loads(json.dumps(config)))
    assert os.uname().machine != "x86_64" or compile_filter({**config, "architectures": []}) == program(
        *config["syscalls"], arches=["SCMP_ARCH_X86_64"]
    )
