"""Whether the service can run here, does so, and is well."""

from __future__ import annotations

import time

from gazed import Client, Clock, Connection, GazedError, NotRunningError, running_daemons
from gazed_plugins.commands import asked
from gazed_plugins.doctor import Findings

_COARSEST_CLOCK = 0.001


def check() -> Findings:
    """Look at the clock, the runtime directory, and the services of this user."""
    resolution = time.get_clock_info("monotonic").resolution
    coarse = resolution > _COARSEST_CLOCK
    yield (
        f"the clock counts in steps of {1000 * resolution:.6g} ms",
        "use Python 3.13 or newer, which has a finer one here" if coarse else "",
    )
    try:
        daemons = running_daemons()
    except (GazedError, OSError) as error:
        yield (
            f"the runtime directory cannot be used: {error}",
            "set XDG_RUNTIME_DIR to one of yours",
        )
        return
    yield "the runtime directory can be used", ""
    if not daemons:
        yield "no gazed runs now", ""
    for connection in daemons:
        yield from _service(connection)


def _service(connection: Connection) -> Findings:
    name = f"gazed runs as process {connection.pid}"
    try:
        with Client.local(connection) as client:
            report = asked(client, "kernel.should_report", "kernel.report")
    except NotRunningError:
        yield f"{name} and does not answer", f"stop it: kill {connection.pid}"
        return
    yield f"{name}, {_clock_of(connection)}", ""
    for plugin, reason in report["failed"].items():
        yield f"{name}: {plugin} failed: {reason}", "correct that and start the plugin again"


def _clock_of(connection: Connection) -> str:
    clock = Clock(connection.clock)
    offset = clock.from_monotonic(0.0)
    clock.close()
    return f"its clock was set by {offset:+.3f} s" if offset else "its clock untouched"
