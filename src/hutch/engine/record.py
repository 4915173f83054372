"""What is known about a container: immutable values, replaced as a whole and never changed.

A reader holds a snapshot; nothing a writer does can change what it already holds, so reads need no lock. ``config``
and ``host`` are the API's objects (Engine API 1.55, ContainerConfig and HostConfig) after the merge with the image
and with every default filled in; nobody changes them. All times are nanoseconds since the epoch, 0 is never.
"""

from __future__ import annotations

from typing import Any

import msgspec

from hutch.model.container import Config
from hutch.model.endpoint import NetworkingConfig
from hutch.model.host_config import HostConfig

Json = dict[str, Any]


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one health check; ``exit_code`` is -1 if there is none."""

    start: int
    end: int
    exit_code: int
    output: str


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What health checks have found (``probes.py``); ``status`` is starting, healthy or unhealthy."""

    status: str
    failing_streak: int = 0
    log: tuple[Probe, ...] = ()


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where the container is in its life.

    ``status`` is one of created, running, paused, restarting, removing, exited, dead.
    """

    status: str = "created"
    pid: int = 0
    exit_code: int = 0
    error: str = ""
    oom_killed: bool = False
    started_at: int = 0
    finished_at: int = 0
    health: Health | None = None


class Mounted(msgspec.Struct, frozen=True, kw_only=True):
    """A bind, volume or tmpfs as asked for, with its source found out.

    ``name`` and ``driver`` belong to volumes; ``anonymous`` volumes go with the container; ``options`` are mount
    options beyond read-only and propagation (tmpfs sizes and modes, ``rbind``); a bind's source ``must_exist`` or is
    made; ``driver_options`` and
    ``labels`` are for a volume that is made with the container; of a volume only the ``subpath`` may be mounted.
    """

    kind: str
    destination: str
    source: str = ""
    name: str = ""
    driver: str = ""
    mode: str = ""
    rw: bool = True
    propagation: str = ""
    anonymous: bool = False
    no_copy: bool = False
    options: tuple[str, ...] = ()
    must_exist: bool = False
    driver_options: dict[str, str] = {}
    labels: dict[str, str] = {}
    subpath: str = ""

    def to_json(self) -> Json:
        """The element of ``Mounts`` in the answers of inspect and list."""
        out: Json = {"Type": self.kind}
        if self.name:
            out["Name"] = self.name
        out["Source"] = self.source
        out["Destination"] = self.destination
        if self.driver:
            out["Driver"] = self.driver
        out["Mode"] = self.mode
        out["RW"] = self.rw
        out["Propagation"] = self.propagation
        return out


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One container.

    ``image`` is the id of the image and ``image_name`` what the user called it; ``networking`` the EndpointsConfig
    of the request; ``endpoints`` the addresses it has while it runs; ``stopped_by_user`` keeps ``unless-stopped``
    from starting it with the daemon; ``has_run`` tells a container that never ran from one that did; ``volumes_too``
    says of one that is being removed that its anonymous volumes go with it.
    """

    id: str
    name: str
    created: int
    image: str
    image_name: str
    top: str | None
    path: str
    args: tuple[str, ...]
    config: Config
    host: HostConfig
    networking: NetworkingConfig = msgspec.field(default_factory=NetworkingConfig)
    endpoints: Json = {}
    mounts: tuple[Mounted, ...] = ()
    driver: str = ""
    log_path: str = ""
    state: State = State()
    restart_count: int = 0
    stopped_by_user: bool = False
    has_run: bool = False
    volumes_too: bool = False

    @property
    def tty(self) -> bool:
        """Whether the container has a terminal."""
        return self.config.tty

    @property
    def running(self) -> bool:
        """Whether its process lives (paused counts)."""
        return self.state.status in ("running", "paused")

    @property
    def network_mode(self) -> str:
        """``bridge``, ``none``, ``host``, ``container:ID`` or a network's name."""
        return self.host.network_mode

    @property
    def auto_remove(self) -> bool:
        """Whether it goes away when it ends (``--rm``)."""
        return self.host.auto_remove

    @property
    def labels(self) -> dict[str, str]:
        """Its labels, those of the image included."""
        return self.config.labels or {}


def with_state(record: Record, **changes: Any) -> Record:
    """``record`` with some fields of its state replaced."""
    return msgspec.structs.replace(record, state=msgspec.structs.replace(record.state, **changes))


replace = msgspec.structs.replace


def encode(record: Record) -> bytes:
    """The record as it is stored."""
    return msgspec.json.encode(record)


_decoder = msgspec.json.Decoder(Record)


def decode(data: bytes) -> Record:
    """A stored record. Raises msgspec.DecodeError or msgspec.ValidationError for damaged ones."""
    return _decoder.decode(data)
