"""The kernel: owns the bus and the life of all processes, and imports no plugin."""

from __future__ import annotations

import logging
import math
import os
import shutil
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq

from gazed.boot import Boot
from gazed.broker import Broker
from gazed.bus import Bus, received
from gazed.clock import Clock
from gazed.config import Entry
from gazed.connection import Connection
from gazed.context import eye_of
from gazed.delays import DELAYED, Delays
from gazed.errors import MessageError
from gazed.host import ALIVE
from gazed.joining import Message
from gazed.listing import list_plugins
from gazed.logs import PREFIX as LOGGING
from gazed.logs import BusHandler, LogSink
from gazed.notification import PREFIX, Notification
from gazed.routing import Router
from gazed.runtime import runtime_directory
from gazed.supervisor import HostRecord, Supervisor
from gazed.wakeup import Wakeup
from gazed.wire import topic_of

log = logging.getLogger("gazed.kernel")

_STOPPERS = (
    "service_process.should_stop",
    "world_process.should_stop",
    "launcher_process.should_stop",
)
_STOP_SECONDS = 10.0
_MOST_FAILURES = 500


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides: the address clients reach, and where things are kept."""

    listen: str
    settings: Path
    log_file: Path | None
    log_level: int = logging.INFO


class Kernel:
    """Runs the bus, starts what the configuration asks for, and does what notifications say."""

    def __init__(self, options: Options, entries: Sequence[Entry]) -> None:
        self._options = options
        self._boot = Boot(entries, self._notify)
        self._delays = Delays()
        self._failed: dict[str, str] = {}
        self._bad: dict[str, int] = {}
        self._exit_code = 0
        self._service_stopped = False
        self._stop_at: float | None = None
        self._actions = self._table()

    def run(self) -> int:
        """Work until told to stop; return the exit code."""
        directory = runtime_directory() / f"gazed-{os.getpid()}"
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with closing(Broker(self._options.listen, directory)) as broker:
                connection = self._connection(broker, directory)
                with closing(Clock.create(connection.clock)):
                    self._run(connection, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
        return self._exit_code

    def stop(self) -> None:
        """Begin to stop: the service, then the eyes, then the bus (spec: protocol 12.2)."""
        if self._stop_at is None:
            self._stop_at = time.monotonic() + _STOP_SECONDS
            self._boot.cancel()
            self._supervisor.stop(lambda host: eye_of(host) is None)

    def _stop_eyes(self) -> None:
        self._service_stopped = True
        for host in self._supervisor.hosts:
            self._notify("eye_process.should_stop", eye_id=eye_of(host))
        self._notify("service_process.stopped")
        self._notify("launcher_process.should_stop")
        self._supervisor.stop(lambda _: True)

    def _connection(self, broker: Broker, directory: Path) -> Connection:
        self._options.settings.mkdir(parents=True, exist_ok=True)
        return Connection(
            pid=os.getpid(),
            publish=broker.endpoints.publish,
            subscribe=broker.endpoints.subscribe,
            inlet=broker.endpoints.inlet,
            local_publish=broker.endpoints.local_publish,
            local_subscribe=broker.endpoints.local_subscribe,
            clock=directory / "clock",
            settings=self._options.settings,
        )

    def _run(self, connection: Connection, directory: Path) -> None:
        self._bus = Bus(connection)
        self._sink = LogSink(self._options.log_file, self._options.log_level)
        self._sink.attach(BusHandler("kernel", self._bus.send))
        wakeup = Wakeup(self._bus.zmq)
        file = directory / "connection.json"
        self._supervisor = Supervisor(
            file,
            self._notify,
            self._bus.send,
            lambda *ended: wakeup.call(self._supervisor.exited, *ended),
        )
        self._router = Router(self._supervisor, self._refuse)
        self._wakeup = wakeup
        self._poller = zmq.Poller()
        for socket in (self._bus.control, self._bus.data, wakeup.receiver):
            self._poller.register(socket, zmq.POLLIN)
        self._listen()
        connection.write(file)
        previous = self._handle_signals(wakeup)
        self._notify("service_process.should_start")
        self._boot.go_on()
        try:
            while not self._stopped():
                self._turn(wakeup)
        finally:
            self._end(previous)

    def _listen(self) -> None:
        self._bus.control.subscribe(PREFIX)
        self._bus.control.subscribe(DELAYED)
        self._bus.data.subscribe(ALIVE)
        self._bus.data.subscribe(LOGGING)
        startup = (PREFIX + "ipc_startup").encode()
        while True:
            self._notify("ipc_startup")
            if self._bus.control.poll(50) and self._bus.control.recv_multipart()[0] == startup:
                return

    def _turn(self, wakeup: Wakeup) -> None:
        patience = min(self._delays.patience(), self._supervisor.work())
        self._poller.poll(math.ceil(patience * 1000))
        for message in received(self._bus.control):
            self._guarded(self._control, message)
        for message in received(self._bus.data):
            self._guarded(self._data, message)
        wakeup.work()
        for due in self._delays.due():
            self._bus.send(due)
        self._router.refuse_disappointed()

    def _guarded(self, handler: Callable[[Message], None], message: Message) -> None:
        try:
            handler(message)
        except MessageError as error:
            self._drop(str(error))

    def _drop(self, problem: str) -> None:
        if problem not in self._bad and len(self._bad) < 200:
            log.warning("dropped a message: %s (further ones like it are only counted)", problem)
            self._bad[problem] = 0
        self._bad["all"] = self._bad.get("all", 0) + 1

    def _control(self, message: Message) -> None:
        if topic_of(message).startswith(DELAYED):
            self._delays.add(message)
            return
        self._supervisor.observe(message)
        notification = Notification(message)
        if self._stop_at is None and self._router.route(notification, message):
            return
        action = self._actions.get(notification.subject)
        if action and notification.fields is not None:  # reading them proves them well formed
            action(notification)

    def _data(self, message: Message) -> None:
        topic = topic_of(message)
        if topic.startswith(LOGGING):
            self._sink.write(message)
        else:
            self._supervisor.alive(topic.removeprefix(ALIVE))

    def _table(self) -> dict[str, Callable[[Notification], None]]:
        table: dict[str, Callable[[Notification], None]] = {
            "host.ready": lambda said: self._supervisor.ready(said.text("host"), said["pid"]),
            "host.should_stop": lambda said: self._supervisor.leaving(
                said.text("host"), said.get("requests")
            ),
            "host.should_restart": lambda said: self._supervisor.restart(
                said.text("host"), str(said.get("reason", ""))
            ),
            "plugin.started": self._plugin_started,
            "plugin.kept": self._plugin_kept,
            "plugin.stopped": self._plugin_gone,
            "plugin.failed": self._plugin_failed,
            "kernel.should_report": lambda _: self._report(),
            "plugins.should_list": lambda _: self._list_plugins(),
            "meta.should_doc": lambda _: self._notify(
                "meta.doc", actor="launcher", doc=Kernel.__doc__
            ),
        }
        return {**table, **dict.fromkeys(_STOPPERS, lambda _: self.stop())}

    def _plugin_started(self, said: Notification) -> None:
        record, name, args = self._record(said), said.text("name"), said.get("args", {})
        if record and isinstance(args, dict):
            record.plugins[name] = args
            record.asked.discard(name)
        self._failed.pop(name, None)
        if self._boot.awaits(name):
            self._boot.go_on()

    def _plugin_kept(self, said: Notification) -> None:
        record = self._record(said)
        if record:
            record.asked.discard(said.text("name"))

    def _plugin_gone(self, said: Notification) -> None:
        record = self._record(said)
        if record:
            record.plugins.pop(said.text("name"), None)
            record.asked.discard(said.text("name"))
            if record.idle and record.name != "service":
                self._notify("host.should_stop", host=record.name, requests=record.requests)

    def _plugin_failed(self, said: Notification) -> None:
        name, reason = said.text("name"), str(said.get("reason", ""))
        if len(self._failed) < _MOST_FAILURES:
            self._failed[name] = reason
        self._plugin_gone(said)
        if self._boot.awaits(name):
            log.error("gazed cannot start: %s", reason)
            self._exit_code = 1
            self.stop()

    def _record(self, said: Notification) -> HostRecord | None:
        return self._supervisor.hosts.get(said.text("host"))

    def _refuse(self, name: str, reason: str) -> None:
        self._notify("plugin.failed", name=name, host="", reason=reason)

    def _report(self) -> None:
        hosts = [
            {
                "name": record.name,
                "pid": record.process.pid if record.process else 0,
                "state": record.state,
                "deaths": len(record.deaths),
                "plugins": record.plugins,
            }
            for record in self._supervisor.hosts.values()
        ]
        self._notify(
            "kernel.report",
            pid=os.getpid(),
            hosts=hosts,
            failed=self._failed,
            bad_messages=self._bad.get("all", 0),
        )

    def _list_plugins(self) -> None:
        list_plugins(lambda plugins: self._wakeup.call(self._listed, plugins))

    def _listed(self, plugins: list[dict[str, Any]]) -> None:
        self._notify("plugins.listed", plugins=plugins)

    def _stopped(self) -> bool:
        if self._stop_at is None:
            return False
        late = time.monotonic() > self._stop_at
        if not self._service_stopped:
            if late or all(eye_of(host) is not None for host in self._supervisor.hosts):
                self._stop_eyes()
            return False
        return late or not self._supervisor.hosts

    def _end(self, previous: dict[int, Any]) -> None:
        for number, handler in previous.items():
            signal.signal(number, handler)
        self._notify("kernel.stopped")
        self._wait_for_echo((PREFIX + "kernel.stopped").encode())
        for message in received(self._bus.data, 10_000):
            self._guarded(self._data, message)
        self._sink.close()
        self._bus.close()

    def _wait_for_echo(self, topic: bytes) -> None:
        while self._bus.control.poll(500):
            if self._bus.control.recv_multipart()[0] == topic:
                return

    def _notify(self, subject: str, **fields: Any) -> None:
        self._bus.notify(subject, fields)

    def _handle_signals(self, wakeup: Wakeup) -> dict[int, Any]:
        def ask(number: int, _frame: Any) -> None:
            log.info("stopping: %s", signal.Signals(number).name)
            wakeup.call(self.stop)

        return {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
