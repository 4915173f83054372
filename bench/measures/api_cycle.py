"""What an engine costs without its command."""

from __future__ import annotations

from engine import Engine, UnixConnection, clock
from measure import Measure

from measures.run_none import run_none


def api_cycle(engine: Engine) -> dict[str, float]:
    """create + start + wait + remove over the API, --network none; a bare runtime: ``run``."""
    if engine.kind == "oci":
        return {"api-cycle": run_none(engine)["run-none"]}
    assert engine.socket
    connection = UnixConnection(engine.socket)
    began = clock()
    body = {"Image": engine.image, "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}
    made = engine.call(connection, "POST", "/containers/create?name=" + engine.fresh_name(), body)["Id"]
    engine.call(connection, "POST", f"/containers/{made}/start")
    engine.call(connection, "POST", f"/containers/{made}/wait")
    engine.call(connection, "DELETE", f"/containers/{made}?force=1")
    took = clock() - began
    connection.close()
    return {"api-cycle": took}


MEASURE = Measure("api-cycle", api_cycle, rounds=20, kinds=("engine", "oci"))
