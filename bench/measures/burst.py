"""Many containers at once."""

from __future__ import annotations

import concurrent.futures

from engine import Engine, clock
from measure import Measure


def burst(engine: Engine) -> dict[str, float]:
    """20 detached starts, 8 at a time: seconds a container (the reciprocal of the rate)."""
    names = [engine.fresh_name() for _ in range(20)]
    began = clock()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(engine.run, "run", "-d", "--name", n, "--network", "none", engine.image, "sleep", "600")
            for n in names
        ]
        for job in jobs:
            job.result()
    took = (clock() - began) / len(names)
    engine.remove(*names)
    return {"burst": took}


MEASURE = Measure("burst", burst, rounds=3, warm=False)
