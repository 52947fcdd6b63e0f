"""A program that started the service takes it along, even when it is killed."""

from __future__ import annotations

import subprocess
import sys

from daemon import MINIMAL


def test_the_service_stops_when_the_process_is_killed(start_daemon):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        daemon = start_daemon(
            MINIMAL + f'[[start_plugin]]\nname = "Stop_With"\nargs = {{ pid = {other.pid} }}\n'
        )
        with daemon.client() as client:
            assert client.time() > 0

        other.kill()

    assert daemon.process.wait(10) == 0
