import pytest

from hutch.model.errors import Invalid
from hutch.spec.security_opt import SecurityOptions, parse


def test_every_key():
    options = ["no-new-privileges", "seccomp={}", "apparmor=p", "label=level:s0:c1", "writable-cgroups=true"]
    assert parse(options) == SecurityOptions(True, "{}", "p", ["level:s0:c1"], True)


def test_the_old_separator():
    assert parse(["seccomp:unconfined", "no-new-privileges:false"]) == SecurityOptions(False, "unconfined")


def test_labels_do_not_leak_into_the_next_call():
    parse(["label=disable"])
    assert parse(None).labels == []


@pytest.mark.parametrize(("option", "number"), [("foo", 1), ("foo=bar", 2), ("no-new-privileges=foo", 2)])
def test_what_is_no_option_is_refused(option, number):
    with pytest.raises(Invalid, match=f'invalid --security-opt {number}: "{option}"'):
        parse([option])
