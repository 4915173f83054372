import pytest

from hutch.model.errors import Invalid
from hutch.spec import seccomp

WHERE = {"arch": "amd64", "kernel": (6, 1), "capabilities": frozenset()}


def rules(*entries, **where):
    profile = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": list(entries)}
    result = seccomp.evaluate(profile, **{**WHERE, **where})
    return [name for rule in result["syscalls"] for name in rule["names"]]


def entry(name, **conditions):
    return {"names": [name], "action": "SCMP_ACT_ALLOW", **conditions}


def test_capabilities_open_and_close_entries():
    asked = [
        entry("a", includes={"caps": ["CAP_X", "CAP_Y"]}),
        entry("b", excludes={"caps": ["CAP_X", "CAP_Y"]}),
    ]
    assert rules(*asked) == ["b"]
    assert rules(*asked, capabilities=frozenset({"CAP_X"})) == []
    assert rules(*asked, capabilities=frozenset({"CAP_X", "CAP_Y"})) == ["a"]


def test_architectures_and_kernels():
    asked = [
        entry("a", includes={"arches": ["arm64"]}),
        entry("b", excludes={"arches": ["arm64"]}),
        entry("c", includes={"minKernel": "4.8"}),
        entry("d", excludes={"minKernel": "4.8"}),
    ]
    assert rules(*asked) == ["b", "c"]
    assert rules(*asked, arch="arm64", kernel=(4, 7)) == ["a", "d"]


def test_the_default_profile_on_this_architecture():
    result = seccomp.evaluate(seccomp.default_profile(), **WHERE)
    assert result["architectures"] == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    assert result["defaultAction"] == "SCMP_ACT_ERRNO" and result["defaultErrnoRet"] == 1
    names = {name for rule in result["syscalls"] for name in rule["names"]}
    assert {"read", "ptrace", "arch_prctl", "clone3"} <= names and not {"mount", "bpf", "reboot"} & names
    admin = seccomp.evaluate(seccomp.default_profile(), **{**WHERE, "capabilities": frozenset({"CAP_SYS_ADMIN"})})
    assert "mount" in {name for rule in admin["syscalls"] for name in rule["names"]}


def test_the_default_profile_on_arm():
    result = seccomp.evaluate(seccomp.default_profile(), **{**WHERE, "arch": "arm64"})
    assert result["architectures"] == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"]


def test_a_plain_oci_profile_passes_through():
    profile = {
        "defaultAction": "SCMP_ACT_ALLOW",
        "architectures": ["SCMP_ARCH_X86_64"],
        "flags": ["SECCOMP_FILTER_FLAG_LOG"],
        "syscalls": [
            {"name": "a", "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{"index": 0, "value": 1, "op": "x"}]}
        ],
    }
    result = seccomp.evaluate(profile, **WHERE)
    assert result["flags"] == ["SECCOMP_FILTER_FLAG_LOG"]
    assert result["syscalls"] == [
        {"names": ["a"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5, "args": [{"index": 0, "value": 1, "op": "x"}]}
    ]


@pytest.mark.parametrize(
    "profile",
    [
        {},
        {"defaultAction": "A", "architectures": ["x"], "archMap": [{"architecture": "x"}]},
        {"defaultAction": "A", "syscalls": [{"name": "a", "names": ["b"], "action": "A"}]},
        {"defaultAction": "A", "syscalls": [{"names": ["b"]}]},
        {"defaultAction": "A", "syscalls": [5]},
        {"defaultAction": "A", "syscalls": [{"names": ["a"], "action": "A", "includes": {"minKernel": "x"}}]},
    ],
)
def test_broken_profiles_are_refused(profile):
    with pytest.raises(Invalid, match="seccomp profile"):
        seccomp.evaluate(profile, **WHERE)


@pytest.mark.parametrize("text", ["xx", "", "[]", "[" * 100000])
def test_what_is_no_profile_text_is_refused(text):
    with pytest.raises(Invalid, match="seccomp profile failed"):
        seccomp.parse(text)
