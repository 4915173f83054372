import pytest

from hutch.model.errors import Invalid
from hutch.spec import mount_options


def test_bind():
    assert mount_options.bind() == ("rbind", "rprivate")
    assert mount_options.bind(propagation="rshared", recursive=False) == ("bind", "rshared")


def test_read_only_binds_reach_what_is_mounted_below_where_the_kernel_can():
    assert mount_options.bind(read_only=True) == ("rbind", "rro", "rprivate")
    assert mount_options.bind(read_only=True, kernel_recursive=False) == ("rbind", "ro", "rprivate")
    assert mount_options.bind(read_only=True, read_only_recursive=False) == ("rbind", "ro", "rprivate")
    with pytest.raises(Invalid, match=r"5\.12"):
        mount_options.bind(read_only=True, force_recursive=True, kernel_recursive=False)


def test_unknown_propagation():
    with pytest.raises(Invalid, match="propagation"):
        mount_options.bind(propagation="x")


def test_tmpfs_base_and_what_the_user_says_otherwise():
    assert mount_options.tmpfs() == ("noexec", "nosuid", "nodev", "rprivate")
    assert mount_options.tmpfs("exec,size=1m,size=2m,mode=1770") == (
        *("nosuid", "nodev", "rprivate", "exec", "size=2m", "mode=1770"),
    )


@pytest.mark.parametrize(("text", "name"), [("foo=1", "foo"), ("foo", "foo"), ("size", "size"), ("size=", "size")])
def test_unknown_tmpfs_options_are_refused(text, name):
    with pytest.raises(Invalid) as caught:
        mount_options.tmpfs(text)
    assert str(caught.value) == f'invalid tmpfs option "{name}"'
