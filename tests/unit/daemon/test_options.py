from __future__ import annotations

from hutch.daemon.config import Config
from hutch.daemon.options import KEY_ONLY, LATER, LATER_KEYS, OPTIONS, RELOADABLE, by_key


def test_every_option_is_a_field_of_the_config() -> None:
    for option in (*OPTIONS, *KEY_ONLY):
        target: object = Config()
        for step in option.field.split("."):
            target = getattr(target, step)


def test_nothing_is_both_supported_and_later() -> None:
    assert not {option.name for option in OPTIONS} & LATER
    assert not by_key().keys() & LATER_KEYS


def test_reloadable_settings_are_in_the_file() -> None:
    assert by_key().keys() >= RELOADABLE
