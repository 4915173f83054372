import os
import stat

import pytest

from hutch.model.errors import Invalid
from hutch.runtime.seccomp import cache
from hutch.runtime.seccomp.compile import compile_filter

CONFIG = {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]}


def file_of(folder):
    return f"{folder}/{cache.key(CONFIG)}.bpf"


def test_first_compiled_then_kept(tmp_path):
    folder = f"{tmp_path}/cache"
    assert cache.load(CONFIG, folder) == (compile_filter(CONFIG), 4)
    assert stat.S_IMODE(os.stat(file_of(folder)).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert os.listdir(folder) == [os.path.basename(file_of(folder))]
    assert cache.load(CONFIG, folder) == (compile_filter(CONFIG), 4)


def test_it_is_the_kept_program_that_is_used(tmp_path):
    """A whole file under the right name is believed: that is what makes it fast, and why the folder is 0700."""
    other = compile_filter({**CONFIG, "syscalls": []})
    cache._write(str(tmp_path), file_of(tmp_path), other)
    assert cache.load(CONFIG, str(tmp_path))[0] == other


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-8],
        lambda content: content + b"\0" * 8,
        lambda content: content[:-1] + b"\x01",
        lambda content: b"\0" * 32 + content[32:],
        lambda content: content[:32],
        lambda content: b"",
    ],
)
def test_a_damaged_file_is_replaced(tmp_path, damage):
    folder = str(tmp_path)
    program, _ = cache.load(CONFIG, folder)
    with open(file_of(folder), "rb") as file:
        whole = file.read()
    with open(file_of(folder), "wb") as file:
        file.write(damage(whole))
    assert cache.load(CONFIG, folder)[0] == program
    with open(file_of(folder), "rb") as file:
        assert file.read() == whole


def test_a_file_that_others_may_write_is_not_believed(tmp_path):
    other = compile_filter({**CONFIG, "syscalls": []})
    cache._write(str(tmp_path), file_of(tmp_path), other)
    os.chmod(file_of(tmp_path), 0o666)
    assert cache.load(CONFIG, str(tmp_path))[0] == compile_filter(CONFIG)


def test_a_link_is_not_followed(tmp_path):
    other = compile_filter({**CONFIG, "syscalls": []})
    cache._write(str(tmp_path), f"{tmp_path}/real", other)
    os.symlink(f"{tmp_path}/real", file_of(tmp_path))
    assert cache.load(CONFIG, str(tmp_path))[0] == compile_filter(CONFIG)


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("")
    assert cache.load(CONFIG, f"{tmp_path}/file/cache")[0] == compile_filter(CONFIG)
    assert cache.load(CONFIG, None)[0] == compile_filter(CONFIG)


def test_the_name_depends_on_everything():
    keys = {cache.key(c) for c in (CONFIG, {**CONFIG, "defaultErrnoRet": 1}, {**CONFIG, "syscalls": []})}
    assert len(keys) == 3 and cache.key(CONFIG) == cache.key(dict(reversed(CONFIG.items())))


def test_a_wrong_profile_is_refused_not_kept(tmp_path):
    with pytest.raises(Invalid):
        cache.load({"defaultAction": "x"}, str(tmp_path))
    assert os.listdir(tmp_path) == []
