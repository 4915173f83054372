import pytest

from hutch.model.errors import HutchError, Invalid, NotFound
from hutch.volumes.options import ANONYMOUS, check_driver, check_name, is_anonymous


@pytest.mark.parametrize("name", ["v1", "A.b-c_d", "0" * 64])
def test_names(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["a/b", "..", ".trash", "-v", "a b", "a\n", "é1", "../x", "x" * 256])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_a_short_name_has_dockers_text() -> None:
    with pytest.raises(Invalid) as caught:
        check_name("a")
    text = "create a: volume name is too short, names should be at least two alphanumeric characters"
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("driver", "options", "kind", "text"),
    [
        ("nope", {}, NotFound, 'create v2: error looking up volume plugin nope: plugin "nope" not found'),
        ("", {"foo": "bar"}, Invalid, 'create v2: invalid option: "foo"'),
        ("", {"type": "tmpfs"}, Invalid, 'create v2: missing required option: "device"'),
        ("local", {"device": "tmpfs"}, Invalid, 'create v2: missing required option: "type"'),
        ("local", {"size": "1g"}, Invalid, "create v2: quota size requested but no quota support"),
    ],
)
def test_drivers_and_options(driver: str, options: dict[str, str], kind: type[HutchError], text: str) -> None:
    with pytest.raises(kind) as caught:
        check_driver("v2", driver, options)
    assert str(caught.value).startswith(text)


def test_a_named_volume_is_not_anonymous_whatever_its_labels_say() -> None:
    assert is_anonymous("0a" * 32, {ANONYMOUS: ""})
    assert not is_anonymous("data", {ANONYMOUS: ""})
    assert not is_anonymous("0a" * 32, {})
