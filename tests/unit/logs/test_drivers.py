from __future__ import annotations

import pytest

from hutch.logs.drivers import LATER, names, validate
from hutch.model.errors import HutchError, Invalid, Unsupported

NO_COMPRESS = "compress cannot be true when max-file is less than 2 or max-size is not set"
NO_BUFFER = "logger: max-buffer-size option is only supported with 'mode=non-blocking'"
INIT = "failed to initialize logging driver: "


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("json-file", {}),
        (
            "json-file",
            {"max-size": "10m", "max-file": "3", "compress": "true", "labels": "a,b", "env-regex": "^X", "tag": "t"},
        ),
        ("json-file", {"max-size": "-1", "mode": "blocking"}),
        ("local", {"max-size": "1k", "compress": "false", "max-file": "1"}),
        ("none", {}),
    ],
)
def test_good_options(driver: str, options: dict[str, str]) -> None:
    validate(driver, options)


@pytest.mark.parametrize(
    ("driver", "options", "message"),
    [
        ("json-file", {"bogus": "1"}, "unknown log opt 'bogus' for json-file log driver"),
        ("local", {"bogus": "1"}, "unknown log opt 'bogus' for log driver local"),
        ("none", {"a": "b"}, "invalid logging opts for driver none"),
        ("json-file", {"max-size": "abc"}, INIT + "invalid size: 'abc'"),
        ("json-file", {"max-size": "0"}, INIT + "max-size must be a positive number"),
        ("json-file", {"max-file": "0", "max-size": "1k"}, INIT + "max-file cannot be less than 1"),
        ("json-file", {"max-file": "x"}, INIT + 'strconv.Atoi: parsing "x": invalid syntax'),
        ("json-file", {"compress": "maybe"}, INIT + 'strconv.ParseBool: parsing "maybe": invalid syntax'),
        ("json-file", {"compress": "true", "max-file": "1"}, INIT + NO_COMPRESS),
        ("json-file", {"mode": "foo"}, "logger: logging mode not supported: foo"),
        ("json-file", {"max-buffer-size": "1m"}, NO_BUFFER),
    ],
)  # fmt: skip
def test_bad_options_in_dockers_words(driver: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate(driver, options)
    assert str(caught.value) == message


def test_a_bad_pattern() -> None:
    with pytest.raises(Invalid, match=r"error parsing regexp: .*`\[`"):
        validate("json-file", {"labels-regex": "["})


def test_drivers_that_are_not_there() -> None:
    with pytest.raises(Invalid, match='error looking up logging plugin nope: plugin "nope" not found'):
        validate("nope", {})
    for driver in LATER:
        with pytest.raises(Unsupported, match=driver):
            validate(driver, {})


@pytest.mark.parametrize("options", [{"mode": "non-blocking"}, {"cache-disabled": "true"}])
def test_what_is_not_supported_yet_is_refused_by_name(options: dict[str, str]) -> None:
    with pytest.raises(HutchError, match=next(iter(options))):
        validate("json-file", options)


def test_names() -> None:
    assert names() == ["json-file", "local", "none"]
