"""Filters in force: a forked child installs one and tries calls."""

import ctypes
import errno
import mmap
import os
import platform
import signal
import socket

import pytest

from hutch.linux import libc, seccomp
from hutch.runtime.seccomp.compile import compile_filter, flags
from hutch.spec import seccomp as profiles

pytestmark = pytest.mark.kernel

ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
X86_ONLY = pytest.mark.skipif(platform.machine() != "x86_64", reason="x86-64 only")


def default(*held):
    return profiles.evaluate(
        profiles.default_profile(), arch=ARCH, kernel=(6, 1), capabilities=frozenset(("CAP_CHOWN", *held))
    )


def outcome(config, call):
    """errno of ``call`` under the filter, 0 when it works; minus the signal number when it is killed."""
    pid = os.fork()
    if pid == 0:
        code = 200
        try:
            seccomp.install(compile_filter(config), flags(config))
            try:
                call()
                code = 0
            except OSError as e:
                code = e.errno
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def raw(x86_64, arm64, *args):
    return lambda: libc.syscall(libc.number(x86_64, arm64), *args)


def test_ordinary_work_goes_on():
    def work():
        os.listdir("/")
        os.getpid()
        socket.socketpair()[0].close()
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)

    assert outcome(default(), work) == 0


@pytest.mark.parametrize(
    "call",
    [
        raw(165, 40, b"none", b"/none", b"tmpfs", 0, None),
        raw(321, 280, 0, None, 0),
        raw(246, 104, 0, 0, None, 0),
        raw(250, 219, 0, 0, 0, 0, 0),
        raw(272, 97, 0x10000000),
    ],
    ids=["mount", "bpf", "kexec_load", "keyctl", "unshare(NEWUSER)"],
)
def test_what_the_profile_does_not_name_is_not_permitted(call):
    assert outcome(default(), call) == errno.EPERM


def test_capabilities_open_what_belongs_to_them():
    call = raw(165, 40, b"none", b"/no/such/place", b"tmpfs", 0, None)
    assert outcome(default("CAP_SYS_ADMIN"), call) == errno.ENOENT


@pytest.mark.parametrize(("persona", "expected"), [(0, 0), (8, 0), (0x20000, 0), (0xFFFFFFFF, 0), (4, errno.EPERM)])
def test_personality_is_filtered_by_its_argument(persona, expected):
    assert outcome(default(), raw(135, 92, persona)) == expected


def test_namespaces_by_clone_and_clone3():
    def fork_into(clone_flags):
        def call():
            if libc.syscall(libc.number(56, 220), clone_flags | signal.SIGCHLD, 0, 0, 0, 0) == 0:
                os._exit(0)

        return call

    assert outcome(default(), fork_into(0)) == 0
    assert outcome(default(), fork_into(0x10000000)) == errno.EPERM
    assert outcome(default(), raw(435, 435, None, 0)) == errno.ENOSYS


def test_socket_families_by_argument():
    def make(family):
        return lambda: socket.socket(family, socket.SOCK_STREAM).close()

    assert outcome(default(), make(socket.AF_INET)) == 0
    assert outcome(default(), make(socket.AF_VSOCK)) == errno.EPERM
    assert outcome(default(), make(38)) == errno.EPERM  # AF_ALG


def test_calls_that_the_profile_cannot_know_do_not_exist():
    assert outcome(default(), raw(900, 900)) == errno.ENOSYS


def test_upper_halves_of_arguments_count():
    rule = {"names": ["personality"], "action": "SCMP_ACT_ERRNO", "errnoRet": 77}
    rule["args"] = [{"index": 0, "value": 1 << 32, "op": "SCMP_CMP_GE"}]
    config = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [rule]}
    assert outcome(config, raw(135, 92, 1 << 32)) == 77
    assert outcome(config, raw(135, 92, 0xFFFFFFFF)) == 0


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("SCMP_ACT_KILL_PROCESS", -signal.SIGSYS),
        ("SCMP_ACT_TRAP", -signal.SIGSYS),
        ("SCMP_ACT_TRACE", errno.ENOSYS),
        ("SCMP_ACT_LOG", 0),
    ],
)
def test_the_other_actions(action, expected):
    config = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["personality"], "action": action}]}
    assert outcome(config, raw(135, 92, 0)) == expected


@pytest.mark.parametrize("name", ["TSYNC", "LOG", "SPEC_ALLOW"])
def test_the_kernel_takes_the_flags(name):
    config = {"defaultAction": "SCMP_ACT_ALLOW", "flags": [f"SECCOMP_FILTER_FLAG_{name}"], "syscalls": []}
    assert outcome(config, os.getpid) == 0


def int80(number):
    """Make an i386 call from a 64-bit process: mov eax, number; mov ebx, ecx...; int 0x80; ret."""
    code = b"\x53\xb8" + number.to_bytes(4, "little") + b"\x31\xdb\x31\xc9\x31\xd2\xcd\x80\x5b\xc3"
    memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(code)
    function = ctypes.PYFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))

    def call(_memory=memory):
        result = function()
        if result < 0:
            raise OSError(-result, os.strerror(-result))

    return call


@X86_ONLY
def test_the_i386_entry_has_its_own_numbers():
    if outcome(
        {"defaultAction": "SCMP_ACT_ALLOW"} | {"architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]}, int80(20)
    ):
        pytest.skip("the kernel has no i386 entry")
    assert outcome(default(), int80(20)) == 0  # getpid
    assert outcome(default(), int80(21)) == errno.EPERM  # mount; 21 is access on x86-64, which is allowed
    assert outcome(default(), int80(900)) == errno.ENOSYS


@X86_ONLY
def test_an_architecture_outside_the_profile_is_killed():
    config = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": []}
    assert outcome(config, os.getpid) == 0
    assert outcome(config, int80(20)) == -signal.SIGSYS


@X86_ONLY
def test_x32_numbers_are_not_a_way_around():
    assert outcome(default(), raw(0x40000000 + 165, 0, b"none", b"/none", b"tmpfs", 0, None)) == errno.EPERM
    only = {**default(), "architectures": ["SCMP_ARCH_X86_64"]}
    assert outcome(only, raw(0x40000000 + 39, 0)) == errno.ENOSYS
