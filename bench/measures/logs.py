"""A container that writes much."""

from __future__ import annotations

from engine import Engine, clock
from measure import Measure


def logs(engine: Engine) -> dict[str, float]:
    """100 MB of 100-byte lines written to the log by one container."""
    line = "x" * 99
    script = f"yes {line} | head -c 100000000"
    name = engine.fresh_name()
    began = clock()
    engine.run("run", "-d", "--name", name, "--network", "none", *engine.log_args, engine.image, "sh", "-c", script)
    engine.run("wait", name)
    took = clock() - began
    engine.remove(name)
    return {"logs-100mb": took}


MEASURE = Measure("logs", logs, rounds=3, warm=False)
