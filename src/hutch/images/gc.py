"""The disk kept clean by watermarks: when it is fuller than one, images go until it is emptier than the other.

``daemon.json``::

    "gc": {"start": "80%", "stop": "70%", "unused": "336h"}

``start`` and ``stop`` are parts of the file system (``80%``), or what all images may take (``20GB``);
``"start": "off"`` switches it off. Dangling images go first, then by their last use: those that had a name and lost it
to a newer one, and that no container uses. Images with names go only if ``unused`` says for how long none may have been
used (default: they never go). What a container uses and volumes never go, nor what came within the last ten minutes,
unless a newer image has its name already: whoever makes the same name over and over would fill any disk in that time.
For the same reason the disk is also looked at before images come; then only dangling ones go.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from hutch.images.remove import InUse, references, remove
from hutch.images.resolve import names
from hutch.images.store import Store
from hutch.model import digest, duration, size
from hutch.model.errors import HutchError, Invalid, NotFound

Json = dict[str, Any]

_log = logging.getLogger(__name__)
_SECOND = 1_000_000_000
_YOUNG = 600 * _SECOND
_TAKEN = 5 * _SECOND
"""How long an image that was asked for may not go: a container of it may be in the making."""
_EVERY = 60.0  # seconds between two looks at the disk
_KEYS = ("start", "stop", "unused")


class Mark(NamedTuple):
    """A watermark: a part of the file system, or bytes of images."""

    percent: float = 0.0
    size: int = 0

    def over(self, space: Space) -> int:
        """By how many bytes ``space`` is above the mark; negative below it."""
        if self.size:
            return space.images - self.size
        return space.used - int(space.total * self.percent / 100)

    def __str__(self) -> str:
        return size.human_size(float(self.size)) if self.size else f"{self.percent:g}%"


class Policy(NamedTuple):
    """What ``gc`` in ``daemon.json`` says."""

    start: Mark | None = Mark(80.0)
    """None: never."""

    stop: Mark = Mark(70.0)
    unused: int | None = None
    """Nanoseconds after which a named image that was not used may go; None: never."""


class Space(NamedTuple):
    """Bytes of the file system with the images (what root alone may fill not counted), and of these alone."""

    total: int
    used: int
    images: int


class Candidate(NamedTuple):
    """An image that may go."""

    id: str
    names: tuple[str, ...]
    why: str
    used_at: int
    chains: tuple[str, ...]


class Step(NamedTuple):
    """An image that goes, and what that frees."""

    candidate: Candidate
    size: int

    def to_json(self) -> Json:
        """As the API tells it."""
        one = self.candidate
        return {"Id": one.id, "Names": list(one.names), "Why": one.why, "Size": self.size}


def policy(settings: Mapping[str, str]) -> Policy:
    """The policy of ``gc`` in ``daemon.json``. Raises Invalid naming the key."""
    for key in settings:
        if key not in _KEYS:
            raise Invalid(f"gc: unknown key {key}", hint=f"there are {', '.join(_KEYS)}")
    result = Policy()
    if settings.get("start") == "off":
        return result._replace(start=None)
    start = _mark("start", settings["start"]) if "start" in settings else Mark(80.0)
    default = Mark(size=start.size * 7 // 8) if start.size else Mark(start.percent * 7 / 8)
    stop = _mark("stop", settings["stop"]) if "stop" in settings else default
    if bool(start.size) != bool(stop.size) or (stop.size or stop.percent) > (start.size or start.percent):
        raise Invalid(f"gc: stop ({stop}) must be of the same kind as start ({start}) and not above it")
    unused = None
    if settings.get("unused"):
        try:
            unused = duration.parse_duration(settings["unused"])
        except (Invalid, ValueError):
            raise Invalid(f"gc: unused: {settings['unused']!r} is no duration", hint="write it as 336h") from None
    return Policy(start, stop, unused)


def _mark(key: str, text: str) -> Mark:
    try:
        percent = text.endswith("%")
        mark = Mark(percent=float(text[:-1])) if percent else Mark(size=size.parse_decimal_size(text))
    except (Invalid, ValueError):
        mark = Mark()
    if not (mark.size > 0 or 0 < mark.percent <= 100):
        raise Invalid(f"gc: {key}: {text!r} is neither a part of the disk nor a size", hint="write it as 80% or 20GB")
    return mark


def candidates(store: Store, in_use: InUse, asked: Policy, now: int) -> list[Candidate]:
    """The images that may go, dangling ones first, then by their last use."""
    found: list[tuple[bool, Candidate]] = []
    parents = {image.parent for image in store.summaries()}
    for identifier, top, tagged_at, used_at in store.db.query("SELECT id, top, tagged_at, used_at FROM images"):
        last = max(tagged_at, used_at)
        called = tuple(names(store, identifier))
        replaced = not called and tagged_at > 0
        young = 0 <= now - used_at < _TAKEN and used_at > tagged_at if replaced else now - last < _YOUNG
        if identifier in parents or young or in_use(identifier):
            continue
        dangling = not called and (tagged_at > 0 or not store.digests(identifier))
        if dangling:
            why = "dangling"
        elif asked.unused is not None and now - last >= asked.unused:
            why = f"not used for {duration.human_duration((now - last) / _SECOND)}"
        else:
            continue
        chains = tuple(layer.chain for layer in store.layers(top))
        found.append((not dangling, Candidate(identifier, called, why, last, chains)))
    return [one for _, one in sorted(found, key=lambda item: (item[0], item[1].used_at, item[1].id))]


def plan(found: Sequence[Candidate], uses: Mapping[str, int], sizes: Mapping[str, int], excess: int) -> list[Step]:
    """Which of ``found`` go, in order, to free ``excess`` bytes; ``uses`` counts the images over a layer, ``sizes`` is
    what each layer takes."""
    left, steps, freed = Counter(uses), [], 0
    for one in found:
        if freed >= excess:
            break
        mine = 0
        for chain in one.chains:
            left[chain] -= 1
            if left[chain] <= 0:
                mine += sizes.get(chain, 0)
        freed += mine
        steps.append(Step(one, mine))
    return steps


class Keeper:
    """Looks at the disk now and then, and applies the policy."""

    def __init__(
        self, store: Store, home: str, asked: Policy, in_use: InUse, gone: Callable[[str], None] = lambda _: None
    ) -> None:
        """``home`` is on the file system that is watched; ``gone`` hears the ids of removed images."""
        self._store, self._home, self._in_use, self._gone = store, home, in_use, gone
        self.policy = asked
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to look."""
        if self.policy.start is not None:
            self._thread = threading.Thread(target=self._run, name="gc", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Look no more; write down what was used when."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._write_down()

    def used(self, identifier: str) -> None:
        """The image was used just now; written down with the next look at the disk."""
        self._used[identifier] = time.time_ns()

    def _write_down(self) -> None:
        seen, self._used = self._used, {}
        if seen:
            rows = [(at, identifier) for identifier, at in seen.items()]
            with self._store.db.transaction() as connection:
                connection.executemany("UPDATE images SET used_at = ? WHERE id = ?", rows)

    def space(self) -> Space:
        """What is used now."""
        status = os.statvfs(self._home)
        used = (status.f_blocks - status.f_bfree) * status.f_frsize
        (row,) = self._store.db.query("SELECT coalesce(sum(size), 0) FROM layers")
        (blobs,) = self._store.db.query(
            "SELECT coalesce(sum(one), 0) FROM (SELECT max(blob_size) AS one FROM layers GROUP BY blob)"
        )
        return Space(used + status.f_bavail * status.f_frsize, used, row[0] + blobs[0])

    def relieve(self) -> None:
        """Before images come: if the disk is above ``start``, dangling ones go at once, instead of within a minute."""
        start = self.policy.start
        try:
            if start is not None and start.over(self.space()) > 0:
                self.look(asked=self.policy._replace(unused=None))
        except (HutchError, OSError):
            _log.exception("gc: no room could be made")

    def look(self, *, dry: bool = False, forced: bool = False, asked: Policy | None = None) -> Json:
        """Apply the policy (or another one, ``asked``) if the disk is above ``start`` (``forced``: above ``stop``).

        What was removed, or with ``dry`` would be, and why.
        """
        with self._lock:
            self._write_down()
            asked = asked or self.policy
            before = self.space()
            due = asked.start is not None and asked.start.over(before) > 0
            excess = asked.stop.over(before) if due or forced or dry else 0
            steps = self._plan(asked, excess) if excess > 0 else []
            if not dry:
                steps = [step for step in steps if self._remove(step)]
                if steps:
                    self._store.collect()
            return {
                "Start": "off" if asked.start is None else str(asked.start),
                "Stop": str(asked.stop),
                "Due": due,
                "Used": before.used,
                "Total": before.total,
                "Images": before.images,
                "Removed": [step.to_json() for step in steps],
            }

    def _plan(self, asked: Policy, excess: int) -> list[Step]:
        store = self._store
        known = store.all_layers()
        found = candidates(store, self._in_use, asked, time.time_ns())
        uses: Counter[str] = Counter()
        for image in store.summaries():
            uses.update(layer.chain for layer in store.layers(image.top))
        return plan(found, uses, {chain: layer.size + layer.blob_size for chain, layer in known.items()}, excess)

    def _remove(self, step: Step) -> bool:
        one = step.candidate
        try:
            for ref in references(self._store, one.id) or [one.id]:
                with suppress(NotFound):  # gone with another name
                    remove(self._store, ref, self._in_use)
        except HutchError as error:  # it came into use meanwhile
            _log.info("gc: image %s stays: %s", digest.short(one.id), error)
            return False
        _log.info("gc: removed image %s %s: %s, %d bytes", digest.short(one.id), one.names, one.why, step.size)
        self._gone(one.id)
        return True

    def _run(self) -> None:
        while not self._stop.wait(_EVERY):
            try:
                self.look()
            except Exception:
                _log.exception("gc: the disk cannot be looked at")
