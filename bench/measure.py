"""What a measure is, and how it is taken: engines in turn, round after round."""

from __future__ import annotations

import importlib
import pkgutil
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine import Engine


@dataclass(frozen=True)
class Measure:
    """One thing to compare.

    ``take`` does it once and returns values by metric (seconds, kB; lower is better); a file of ``measures/`` holds its
    own as ``MEASURE``. ``warm``: once without counting before the first round. ``prepare`` and ``clean`` are called
    once for every engine, before and after all rounds.
    """

    name: str
    take: Callable[[Engine], dict[str, float]]
    rounds: int
    kinds: tuple[str, ...] = ("engine",)
    warm: bool = True
    prepare: Callable[[Engine], None] | None = None
    clean: Callable[[Engine], None] | None = None
    needs: tuple[str, ...] = ()
    """Fields that an engine must have to take part."""


def known() -> dict[str, Measure]:
    """Every measure of ``measures/`` by name."""
    folder = Path(__file__).parent / "measures"
    found = [
        importlib.import_module("measures." + module.name).MEASURE for module in pkgutil.iter_modules([str(folder)])
    ]
    return {measure.name: measure for measure in found}


def compare(measure: Measure, engines: list[Engine], rounds: int | None) -> Iterator[str]:
    """Take one measure on every engine that can; render a line for each metric and engine."""
    taking = [engine for engine in engines if engine.kind in measure.kinds and set(measure.needs) <= engine.spec.keys()]
    if not taking:
        yield f"{measure.name:26} left out: no engine of kind {'/'.join(measure.kinds)} has {', '.join(measure.needs)}"
        return
    try:
        for engine in taking:
            if measure.prepare:
                measure.prepare(engine)
            if measure.warm:
                measure.take(engine)
        samples = sample(measure, taking, rounds or measure.rounds)
    finally:
        for engine in taking:
            if measure.clean:
                measure.clean(engine)
    for metric, by_engine in samples.items():
        yield from ratios(metric, taking, by_engine)


def sample(measure: Measure, taking: list[Engine], rounds: int) -> dict[str, dict[str, list[float]]]:
    """All rounds: values by metric and engine. Each is told on stderr as it comes."""
    samples: dict[str, dict[str, list[float]]] = {}
    for turn in range(rounds):
        shift = turn % len(taking)
        for engine in taking[shift:] + taking[:shift]:
            for metric, value in measure.take(engine).items():
                samples.setdefault(metric, {}).setdefault(engine.name, []).append(value)
                print(f"  {turn + 1}/{rounds} {metric} {engine.name} {value:.5g}", file=sys.stderr, flush=True)
    return samples


def ratios(metric: str, taking: list[Engine], by_engine: dict[str, list[float]]) -> Iterator[str]:
    """The median of the per-round ratios of the first engine to each."""
    first = by_engine[taking[0].name]
    for engine in taking:
        values = by_engine[engine.name]
        ratio = statistics.median(a / b for a, b in zip(first, values, strict=True))
        yield (
            f"{metric:26} {taking[0].name} / {engine.name:10} {ratio:8.3f}   "
            f"(medians {statistics.median(first):.5g} / {statistics.median(values):.5g}, n={len(values)})"
        )
