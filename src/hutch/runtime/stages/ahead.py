"""What of a container does not depend on its image: put together while its sandbox is parked, and moved in later.

The trees at /proc, /dev and /sys of an ordinary container are made in a root of the sandbox's own, with everything
that is mounted, made, frozen and masked in them. When the container's plan comes, a tree is taken if the plan does
the same to it step by step, and nothing else before that could make a difference; then these steps are done, and
mounting the tree means moving it. Any other tree stays behind with that root, and is made as the plan says.
"""

from __future__ import annotations

import os

from hutch.model.mount import Mount
from hutch.runtime import plan, standard
from hutch.runtime.step import Inside, Step
from hutch.runtime.steps.cgroup_mounts import MountCgroups
from hutch.runtime.steps.devices import MakeDevice, MakeLinks
from hutch.runtime.steps.execute import AskParent, RunHooks
from hutch.runtime.steps.masks import MaskPath, ReadonlyPath
from hutch.runtime.steps.mounts import MountFilesystem
from hutch.runtime.steps.rootfs import MountRoot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hutch.runtime.shape import Shape

    Placed = tuple[int, Step, tuple[str, ...]]

TREES = ("/proc", "/dev", "/sys")
_MOUNTS = (MountFilesystem, MountCgroups)
_PATHS = (MakeDevice, MaskPath, ReadonlyPath)
_ANYWHERE = (AskParent, RunHooks)
_ROOT = MountRoot("tmpfs", "tmpfs", ("mode=755", "size=64k"))


def steps(shape: Shape) -> list[Step]:
    """The steps of an ordinary container's plan below :data:`TREES`. Pure."""
    whole = plan.build(standard.CONFIG, [Mount("overlay", "overlay")], shape)
    return [step for step in whole if (where := places(step)) and where[0] != "/" and _trees_of(where[0])]


def make(inside: Inside, shape: Shape) -> list[Step]:
    """Make the trees, and the mounts whose size varies on their own; what was done. Raises OSError, StepFailed."""
    done = []
    _ROOT.execute(inside)
    inside.ahead = os.dup(inside.root.fd)
    for step in steps(shape):
        if isinstance(step, MountFilesystem) and step.destination in standard.VARYING:
            step.prepare(inside)
            continue
        step.execute(inside)
        done.append(step)
    for step in done:
        if isinstance(step, MountFilesystem) and step.destination in TREES:
            inside.prepared[step.key()] = inside.root.resolve(step.destination)
    os.close(inside.null)  # the container may come to have another
    inside.null = -1
    return done


def rest(todo: list[Step], done: list[Step]) -> tuple[list[Step], list[Step]]:
    """Of ``todo``: the steps that are still to do, and the mounts in ``done`` that are of no use to it. Pure."""
    settled: set[int] = set()
    useless = []
    made = _by_tree(done)
    for tree, touching in _by_tree(todo).items():
        mine = [step for _, step, _ in made[tree]]
        if not mine:
            continue
        found = _match(touching, mine)
        settled.update(found[1:])
        if not found:
            useless.append(mine[0])
    return [step for number, step in enumerate(todo) if number not in settled], useless


def _by_tree(steps: list[Step]) -> dict[str, list[Placed]]:
    """For each tree, the steps that do something in it or to what it is in, in order."""
    found: dict[str, list[Placed]] = {tree: [] for tree in TREES}
    for number, step in enumerate(steps):
        where = places(step)
        for tree in {tree for place in where for tree in _trees_of(place)}:
            found[tree].append((number, step, where))
    return found


def _trees_of(place: str) -> tuple[str, ...]:
    top = "/" + place.split("/", 2)[1]
    if top == "/":
        return TREES
    return (top,) if top in TREES else ()


def leave(inside: Inside, useless: list[Step]) -> None:
    """Have these mounts made anew."""
    for step in useless:
        if isinstance(step, MountFilesystem):
            os.close(inside.prepared.pop(step.key()))


def places(step: Step) -> tuple[str, ...]:
    """The paths in the container that a step makes, covers or changes; "/" when it could be any. Pure."""
    if isinstance(step, _MOUNTS):
        return (os.path.normpath(step.destination),)
    if isinstance(step, _PATHS):
        return (os.path.normpath(step.path),)
    if isinstance(step, MakeLinks):
        return tuple(path for path, _ in step.links)
    return ("/",) if isinstance(step, _ANYWHERE) else ()


def related(one: str, other: str) -> bool:
    """Whether one path is the other or below it. Pure."""
    return one == other or one.startswith(other.rstrip("/") + "/") or other.startswith(one.rstrip("/") + "/")


def _match(touching: list[Placed], mine: list[Step]) -> list[int]:
    """Where the steps ``mine`` are in the plan, of which ``touching`` are those that matter; nothing unless all are,
    in order, and nothing that could make a difference comes before them."""
    found: list[int] = []
    before: list[str] = []
    for number, step, where in touching:
        if len(found) == len(mine):
            break
        if step != mine[len(found)]:
            before += where
        elif any(related(one, other) for one in where for other in before):
            return []
        else:
            found.append(number)
    return found if len(found) == len(mine) else []
