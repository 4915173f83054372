"""What ``--debug`` logs beforehand: the command as it was understood, and every kernel step of a container. Pure but
for the bundle, which it reads."""

from __future__ import annotations

import os

from hutch.model.errors import HutchError
from hutch.runtime import bundle, outside, plan
from hutch.runtime.arguments import Parsed
from hutch.runtime.cgroups.layout import detect
from hutch.runtime.shape import Shape


def lines(verb: str, parsed: Parsed) -> list[str]:
    """The lines to log for a command. What is wrong with a bundle is left to the command itself."""
    options = [*sorted(parsed.flags), *(f"{name}={value}" for name, value in sorted(parsed.values.items()))]
    result = [" ".join([verb, *(f"--{option}" for option in options), *parsed.args])]
    if verb in ("create", "run"):
        try:
            result += _steps(os.path.abspath(parsed.value("bundle") or "."), parsed.args[0])
        except (HutchError, OSError):
            return result
    return result


def _steps(folder: str, name: str) -> list[str]:
    config = bundle.load(folder)
    shape = Shape.of(config, name)
    before = [f"{stage}: {text}" for stage, text, _ in outside.describe(config, shape, detect())]
    return before + [f"{step.stage}: {step.describe()}" for step in plan.build(config, [], shape)]
