"""A further process in a running container."""

from __future__ import annotations

from bundle import bundle, state
from engine import Engine
from measure import Measure

sleepers: dict[str, str] = {}


def exec_true(engine: Engine) -> dict[str, float]:
    """``exec NAME true`` in a running container."""
    name = sleepers.get(engine.name)
    if name is None:
        name = sleepers[engine.name] = engine.fresh_name()
        if engine.kind == "oci":
            engine.detached(*state(engine), "run", "-d", "-b", bundle(engine, "sleep", ["sleep", "3600"]), name)
        else:
            engine.run("run", "-d", "--name", name, "--network", "none", engine.image, "sleep", "3600")
    prefix = state(engine) if engine.kind == "oci" else []
    return {"exec": engine.timed(*prefix, "exec", name, "true")}


def end(engine: Engine) -> None:
    """Remove the container that was exec'd in."""
    name = sleepers.pop(engine.name, None)
    if name is None:
        return
    if engine.kind == "oci":
        engine.run(*state(engine), "delete", "--force", name, quiet=False)
    else:
        engine.remove(name, quiet=False)


MEASURE = Measure("exec", exec_true, rounds=20, kinds=("engine", "oci"), clean=end)
