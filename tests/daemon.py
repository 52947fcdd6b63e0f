"""A real daemon for tests: its own process, its own directories, Pupil Remote on port 0."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from gazed import Client, Connection

MINIMAL = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
"""

SERVICE = (
    MINIMAL
    + """
[[start_plugin]]
name = "Gaze"
[[start_plugin]]
name = "HMD_Calibration"
[[start_plugin]]
name = "Eye_Processes"
args = { eyes = [] }
"""
)


class Daemon:
    """``gazed run`` with a configuration of the test's own.

    ``extra_path`` is a directory in which the daemon finds further installed packages.
    """

    def __init__(self, directory: Path, config: str, extra_path: Path, *arguments: str) -> None:
        self.directory = directory
        self._config = directory / "config.toml"
        self._config.write_text(config)
        self.log_path = directory / "stderr.log"
        command = [sys.executable, "-m", "gazed", "run", "--config", str(self._config)]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--port", "0", *arguments],
                stderr=log,
                stdout=log,
                env=environment(directory, extra_path),
                start_new_session=True,
            )
        self.seen: dict[int, psutil.Process] = {}
        self.connection = self._wait_for_connection()
        self.port = self._wait_for_port()

    def client(self, timeout: float = 10.0) -> Client:
        """Return a client of this daemon's Pupil Remote."""
        return Client(self.port, timeout=timeout)

    def log(self) -> str:
        """Return what the daemon has said so far."""
        return self.log_path.read_text(errors="replace")

    def host_pid(self, name: str) -> int:
        """Return the process id of a host that runs."""
        return next(host["pid"] for host in self.report()["hosts"] if host["name"] == name)

    def report(self) -> dict:
        """Return the kernel's report."""
        with Client.local(self.connection, timeout=10.0) as client:
            client.subscribe("notify.kernel.report")
            client.notify("kernel.should_report")
            return client.wait_for("kernel.report")

    def processes(self) -> list[psutil.Process]:
        """Return the daemon's processes that are alive, its own first."""
        with contextlib.suppress(psutil.NoSuchProcess):
            kernel = psutil.Process(self.process.pid)
            for process in [kernel, *kernel.children(recursive=True)]:
                self.seen[process.pid] = process
        return [process for process in self.seen.values() if _lives(process)]

    def stop(self) -> int:
        """Stop as Ctrl-C does; return the exit code; fail when a process is left."""
        self.processes()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        left = self.processes()
        for process in left:
            process.kill()
        assert not left, f"left behind: {left}\n{self.log()}"
        return code

    def _wait_for_connection(self) -> Connection:
        pattern = "gazed*/gazed-*/connection.json"
        end = time.monotonic() + 20
        while time.monotonic() < end and self.process.poll() is None:
            for path in (self.directory / "run").rglob("connection.json"):
                return Connection.read(path)
            time.sleep(0.005)
        raise AssertionError(f"no connection file {pattern}:\n{self.log()}")

    def _wait_for_port(self) -> int:
        with Client.local(self.connection, timeout=20.0) as client:
            client.subscribe("notify.pupil_remote.listening")
            end = time.monotonic() + 20
            while time.monotonic() < end and self.process.poll() is None:
                client.notify("pupil_remote.should_report")
                message = client.receive(0.05)
                if message:
                    return int(message[1]["port"])
        raise AssertionError(f"Pupil Remote does not listen:\n{self.log()}")


def hear_ctrl_c() -> None:
    """Undo what a shell does to what it starts in the background: it makes it deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def environment(directory: Path, extra_path: Path) -> dict[str, str]:
    """Return an environment whose directories are the test's own."""
    run = directory / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    paths = [str(extra_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "XDG_RUNTIME_DIR": str(run),
        "XDG_DATA_HOME": str(directory / "data"),
        "XDG_STATE_HOME": str(directory / "state"),
        "PYTHONPATH": os.pathsep.join(paths),
    }


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
