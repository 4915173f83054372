from __future__ import annotations

import pytest

from hutch.logs.drivers import LATER, check_values, names, validate
from hutch.model.errors import Invalid, System, Unsupported

NO_COMPRESS = "compress cannot be true when max-file is less than 2 or max-size is not set"
NO_BUFFER = "logger: max-buffer-size option is only supported with 'mode=non-blocking'"
INIT = "failed to create task for container: failed to initialize logging driver: "


@pytest.mark.parametrize(
    ("driver", "options"),
    [
        ("json-file", {}),
        (
            "json-file",
            {"max-size": "10m", "max-file": "3", "compress": "true", "labels": "a,b", "env-regex": "^X", "tag": "t"},
        ),
        ("json-file", {"max-size": "-1", "mode": "blocking"}),
        ("json-file", {"mode": "non-blocking", "max-buffer-size": "4m"}),
        ("json-file", {"cache-disabled": "true", "cache-max-size": "1m"}),
        ("local", {"max-size": "1k", "compress": "false", "max-file": "1"}),
        ("local", {"max-size": "0", "mode": "non-blocking", "max-buffer-size": "0"}),
        ("none", {"what": "ever"}),
    ],
)
def test_good_options(driver: str, options: dict[str, str]) -> None:
    validate(driver, options)
    check_values(driver, options)


@pytest.mark.parametrize(
    ("driver", "options", "message"),
    [
        ("json-file", {"bogus": "1"}, "unknown log opt 'bogus' for json-file log driver"),
        ("local", {"bogus": "1"}, "unknown log opt 'bogus' for log driver local"),
        ("json-file", {"mode": "foo"}, "logger: logging mode not supported: foo"),
        ("json-file", {"max-buffer-size": "1m"}, NO_BUFFER),
        (
            "local",
            {"mode": "non-blocking", "max-buffer-size": "abc"},
            "error parsing option max-buffer-size: invalid size: 'abc'",
        ),
        ("local", {"cache-disabled": "x"}, "invalid value for option cache-disabled: x"),
    ],
)  # fmt: skip
def test_bad_options_in_dockers_words(driver: str, options: dict[str, str], message: str) -> None:
    with pytest.raises(Invalid) as caught:
        validate(driver, options)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("driver", "options", "message"),
    [
        ("json-file", {"max-size": "abc"}, INIT + "invalid size: 'abc'"),
        ("json-file", {"max-size": "0"}, INIT + "max-size must be a positive number"),
        ("json-file", {"max-file": "0", "max-size": "1k"}, INIT + "max-file cannot be less than 1"),
        ("json-file", {"max-file": "x"}, INIT + 'strconv.Atoi: parsing "x": invalid syntax'),
        ("json-file", {"compress": "maybe"}, INIT + 'strconv.ParseBool: parsing "maybe": invalid syntax'),
        ("json-file", {"compress": "true", "max-file": "1"}, INIT + NO_COMPRESS),
        ("json-file", {"max-size": "-5"}, INIT + "invalid size: '-5'"),
        ("json-file", {"env-regex": "("}, INIT + "error parsing regexp: missing closing ): `(`"),
        ("local", {"max-size": "abc"}, INIT + "invalid value for max-size: abc: invalid size: 'abc'"),
        (
            "local",
            {"max-file": "x"},
            INIT + 'invalid value for max-file: x: strconv.Atoi: parsing "x": invalid syntax',
        ),
        (
            "local",
            {"compress": "maybe"},
            INIT + 'error reading compress log option: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        ("local", {"max-file": "1"}, INIT + "compression cannot be enabled when max file count is 1"),
        ("local", {"max-file": "-3", "compress": "false"}, INIT + "max file count cannot be less than 0"),
    ],
)  # fmt: skip
def test_bad_values_are_told_at_the_start(driver: str, options: dict[str, str], message: str) -> None:
    validate(driver, options)
    with pytest.raises(System) as caught:
        check_values(driver, options)
    assert str(caught.value) == message


def test_drivers_that_are_not_there() -> None:
    with pytest.raises(Invalid, match='error looking up logging plugin nope: plugin "nope" not found'):
        validate("nope", {})
    for driver in LATER:
        with pytest.raises(Unsupported, match=driver):
            validate(driver, {})


def test_names() -> None:
    assert names() == ["json-file", "local", "none"]
