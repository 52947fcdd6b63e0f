"""The life of the hosts: started when a plugin needs one, watched, restarted, stopped."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gazed.joining import Message, catch_up_message
from gazed.wire import pack

log = logging.getLogger("gazed.supervisor")

MOST_HOSTS = 32
DEATHS_ALLOWED = 3
DEATHS_WINDOW = 60.0
SILENCE_ALLOWED = 10.0
_PAUSES = (0.0, 0.5, 2.0)
_WISHED_PAUSE = 0.1
_STAGE_SECONDS = 3.0

Notify = Callable[..., None]


@dataclass(slots=True)
class HostRecord:
    """What the kernel knows of one host.

    ``backlog`` collects notifications until the host has joined the bus; ``plugins`` are the
    ones that run, with their arguments; ``asked`` those whose start has no outcome yet;
    ``requests`` counts the starts this process was sent. ``wished`` says why somebody
    wants it restarted. When the host is told to stop and then needed again, ``successor`` collects
    what its next process will begin with.
    """

    name: str
    process: subprocess.Popen[bytes] | None = None
    backlog: list[Message] | None = field(default_factory=list)
    plugins: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    requests: int = 0
    deaths: deque[float] = field(default_factory=deque)
    last_alive: float = 0.0
    stopping: bool = False
    wished: str = ""
    stage: int = 0
    next_stage_at: float = 0.0
    successor: HostRecord | None = None

    @property
    def state(self) -> str:
        """One word for people: stopping, starting or running."""
        if self.stopping:
            return "stopping"
        return "running" if self.backlog is None else "starting"

    @property
    def idle(self) -> bool:
        """Whether the host has nothing to do and nothing coming."""
        return not (self.stopping or self.plugins or self.asked)

    @property
    def newest(self) -> HostRecord:
        """The record that later messages belong to."""
        return self.successor.newest if self.successor else self


class Supervisor:
    """Starts hosts as processes of their own and keeps its promises about them.

    A host that dies is restarted with its plugins, at most three times a minute; one that is
    silent for ten seconds is killed first. One that asks to be restarted always is. ``on_exit``
    is called, from another thread, with the name and process of a host that ended.
    """

    def __init__(
        self,
        connection_file: Path,
        notify: Notify,
        send: Callable[[Sequence[bytes]], None],
        on_exit: Callable[[str, subprocess.Popen[bytes]], None],
    ) -> None:
        self._connection_file = connection_file
        self._notify = notify
        self._send = send
        self._on_exit = on_exit
        self._restarts: list[tuple[float, str]] = []
        self._ending = False
        self.hosts: dict[str, HostRecord] = {}

    def observe(self, message: Message) -> None:
        """Keep a notification for the hosts that cannot see it yet."""
        for record in self.hosts.values():
            newest = record.newest
            if newest.backlog is not None and not newest.stopping:
                newest.backlog.append(message)

    def observe_late(self, name: str, message: Message) -> None:
        """Keep an earlier message for a host that has just been spawned."""
        backlog = self.hosts[name].newest.backlog
        if backlog is not None:
            backlog.append(message)

    def need(self, name: str, asked: str, message: Message) -> bool:
        """See to it that a host acts on ``message``, a request to start the plugin ``asked``.

        Call ``observe`` with the message first. False when there are too many hosts already.
        """
        if name not in self.hosts:
            if len(self.hosts) >= MOST_HOSTS:
                return False
            self.hosts[name] = HostRecord(name, backlog=[message])
            self._spawn(self.hosts[name])
        newest = self.hosts[name].newest
        if newest.stopping:
            newest.successor = HostRecord(name, backlog=[message])
            newest = newest.successor
        newest.asked.add(asked)
        newest.requests += 1
        return True

    def ready(self, name: str, pid: int) -> None:
        """Give a host that has just joined what it could not see."""
        record = self.hosts.get(name)
        if record and record.backlog is not None and _runs_as(record, pid):
            self._send(catch_up_message(name, record.backlog))
            record.backlog = None
            record.last_alive = time.monotonic()

    def alive(self, name: str) -> None:
        """Note a sign of life."""
        if name in self.hosts:
            self.hosts[name].last_alive = time.monotonic()

    def leaving(self, name: str, requests: int | None) -> None:
        """Note that a host acts on ``host.should_stop``; what comes later is for its successor.

        ``requests`` is in it when the host was idle: by then it may have been sent another.
        """
        record = self.hosts[name].newest if name in self.hosts else None
        if record and not record.stopping and requests in (None, record.requests):
            record.stopping = True
            record.next_stage_at = time.monotonic() + _STAGE_SECONDS

    def restart(self, name: str, reason: str) -> None:
        """Kill a host that cannot go on by itself; it is restarted however often that happens."""
        record = self.hosts.get(name)
        if record is None or record.process is None or record.stopping:
            log.error("host.should_restart: no host named %r runs", name)
            return
        record.wished = reason or "somebody asked for it"
        record.process.kill()

    def exited(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Deal with the end of a host's process."""
        record = self.hosts.get(name)
        if record is None or record.process is not process:
            return
        if not record.stopping and not self._ending:
            self._died(record)
        elif record.successor is None or self._ending:
            del self.hosts[name]
        else:
            self.hosts[name] = record.successor
            self._spawn(record.successor)

    def work(self) -> float:
        """Do what is due: restarts, kills; return in how many seconds something is due again."""
        now = time.monotonic()
        for entry in [entry for entry in self._restarts if entry[0] <= now]:
            self._restarts.remove(entry)
            if entry[1] in self.hosts:
                self._spawn(self.hosts[entry[1]])
        for record in list(self.hosts.values()):
            self._kill_if_due(record, now)
        return min([1.0, *(due - now for due, _ in self._restarts)])

    def stop(self, which: Callable[[str], bool]) -> None:
        """Ask hosts to stop for good; none is restarted from now on."""
        self._ending = True
        for record in list(self.hosts.values()):
            if record.process and record.process.returncode is not None:
                del self.hosts[record.name]
            elif which(record.name) and not record.stopping:
                self._notify("host.should_stop", host=record.name)

    def _spawn(self, record: HostRecord) -> None:
        command = [sys.executable, "-m", "gazed.host", record.name, str(self._connection_file)]
        record.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        record.wished = ""
        record.last_alive = time.monotonic()
        record.next_stage_at = record.last_alive + SILENCE_ALLOWED
        threading.Thread(target=self._wait, args=(record.name, record.process), daemon=True).start()

    def _wait(self, name: str, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        self._on_exit(name, process)

    def _died(self, record: HostRecord) -> None:
        now = time.monotonic()
        reason, pause = self._judged(record, now)
        if record.backlog is None:
            self._report_unstarted(record, reason)
        will_restart = pause is not None
        self._notify("host.died", host=record.name, reason=reason, will_restart=will_restart)
        if pause is None:
            log.error("%s %s %d times a minute; given up", record.name, reason, len(record.deaths))
            del self.hosts[record.name]
            return
        log.error("%s %s; it is restarted with its plugins", record.name, reason)
        if record.backlog is None:
            record.backlog = self._restored(record)
            record.asked, record.requests = set(record.plugins), len(record.plugins)
        self._restarts.append((now + pause, record.name))

    def _judged(self, record: HostRecord, now: float) -> tuple[str, float | None]:
        """Return why the host ended, and in how many seconds it is restarted, if at all."""
        if record.wished:
            return f"was killed ({record.wished})", _WISHED_PAUSE
        record.deaths.append(now)
        while now - record.deaths[0] > DEATHS_WINDOW:
            record.deaths.popleft()
        deaths = len(record.deaths)
        return _reason(record.process), _PAUSES[deaths - 1] if deaths <= DEATHS_ALLOWED else None

    def _report_unstarted(self, record: HostRecord, reason: str) -> None:
        for name in sorted(record.asked - set(record.plugins)):
            self._notify("plugin.failed", name=name, host=record.name, reason=f"its host {reason}")

    def _restored(self, record: HostRecord) -> list[Message]:
        messages = []
        for name, args in record.plugins.items():
            messages.append(start_message(name, args, record.name))
        return messages

    def _kill_if_due(self, record: HostRecord, now: float) -> None:
        if record.process is None or record.process.returncode is not None:
            return
        if record.stopping and now > record.next_stage_at:
            record.next_stage_at = now + _STAGE_SECONDS
            _push(record)
        elif not record.stopping and now - record.last_alive > SILENCE_ALLOWED:
            log.error("%s is silent for %g s; killed", record.name, SILENCE_ALLOWED)
            record.last_alive = now
            record.process.kill()


def start_message(name: str, args: dict[str, Any], host: str) -> Message:
    """Return the notification that starts a plugin in a host."""
    fields = {"subject": "start_plugin", "name": name, "args": args, "host": host}
    return [b"notify.start_plugin", pack(fields)]


def _push(record: HostRecord) -> None:
    process = record.process
    if process is None or process.stdin is None:
        return
    process.stdin.close()
    if record.stage == 0:
        process.terminate()
    else:
        process.kill()
    log.warning("%s does not stop; %s", record.name, ("terminated", "killed")[min(record.stage, 1)])
    record.stage += 1


def _runs_as(record: HostRecord, pid: int) -> bool:
    return record.process is not None and record.process.pid == pid


def _reason(process: subprocess.Popen[bytes] | None) -> str:
    code = process.returncode if process else None
    return f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
