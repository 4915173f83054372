import pytest

from hutch.model.errors import Invalid
from hutch.runtime.seccomp.syscalls import ARCHES, X32_BIT, known, native, table


def numbers(arch):
    return table(ARCHES["SCMP_ARCH_" + arch])


def test_well_known_numbers():
    assert [numbers(a)["read"] for a in ("X86_64", "X86", "X32", "AARCH64", "ARM")] == [0, 3, X32_BIT, 63, 3]
    assert [numbers(a)["execve"] for a in ("X86_64", "X86", "X32", "AARCH64", "ARM")] == [
        59,
        11,
        X32_BIT + 520,
        221,
        11,
    ]
    assert numbers("X86_64")["seccomp"] == 317 and numbers("AARCH64")["seccomp"] == 277


def test_calls_that_an_architecture_has_not():
    assert "open" in numbers("X86_64") and "open" not in numbers("AARCH64")
    assert "socketcall" in numbers("X86") and "socketcall" not in numbers("X86_64")
    assert "arch_prctl" not in numbers("ARM") and "breakpoint" in numbers("ARM")


def test_calls_since_424_have_one_number_everywhere():
    for name, number in (("pidfd_send_signal", 424), ("clone3", 435), ("openat2", 437), ("mseal", 462)):
        assert {numbers(a)[name] for a in ("X86_64", "X86", "AARCH64", "ARM")} == {number}


def test_x32_numbers_are_marked():
    assert all(n & X32_BIT for n in numbers("X32").values()) and not any(
        n & X32_BIT for n in numbers("X86_64").values()
    )


def test_architectures():
    assert [a.name for a in known(["SCMP_ARCH_ARM", "SCMP_ARCH_S390X"])] == ["arm"]
    with pytest.raises(Invalid, match="SCMP_ARCH_Z80"):
        known(["SCMP_ARCH_Z80"])
    assert native() in ARCHES
