"""A recorder on a real bus, without a daemon around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness import Bench

from gazed import Client, Clock, Fields, pack
from gazed.broker import Broker
from gazed_plugins.recorder import Recorder
from gazed_plugins.recorder.disk import Disk

_LONG = 20.0


class BusBench(Bench):
    """A bench whose plugins are on a real bus: what they send goes there as well."""

    def __init__(self, directory: Path, broker: Broker) -> None:
        super().__init__(directory, "Recorder")
        self.clock.close()
        self.clock = Clock.create(directory / "clock")
        ends = broker.endpoints
        self.connection = replace(
            self.connection,
            pid=1,
            publish=ends.publish,
            subscribe=ends.subscribe,
            inlet=ends.inlet,
            local_publish=ends.local_publish,
            local_subscribe=ends.local_subscribe,
        )
        self.bus = Client.local(self.connection)
        self._seen: dict[str, int] = {}

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        super().notify(subject, fields, delay)
        self.bus.notify(subject, **fields)

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Any) -> bool:
        self.bus.send([topic.encode(), pack(fields), *raw])
        return True

    def say(self, subject: str, **fields: Any) -> None:
        """Send a notification as a client does."""
        self.bus.notify(subject, **fields)

    def datum(self, topic: str, timestamp: float | None = None, **more: Any) -> None:
        """Send a datum, in order with the notifications."""
        now = self.clock.now() if timestamp is None else timestamp
        self.bus.send([topic.encode(), pack({"topic": topic, "timestamp": now, **more})])

    def run_until(self, what: str, done: Callable[[], bool]) -> None:
        """Let the recorder work until something is so."""
        end = time.monotonic() + _LONG
        while not done():
            assert time.monotonic() < end, f"{what}: {self.subjects()}"
            self.call("tick")
            self.settle()
            time.sleep(0.002)

    def wait_for(self, subject: str) -> Fields:
        """Let the recorder work until it says something anew; return that."""

        def said() -> list[Fields]:
            return [sent.fields for sent in self.notifications if sent.name == subject]

        before = self._seen.get(subject, 0)
        self.run_until(subject, lambda: len(said()) > before)
        self._seen[subject] = before + 1
        return said()[before]

    def __exit__(self, *reason: Any) -> None:
        super().__exit__(*reason)
        self.bus.close()


@pytest.fixture
def bench(short_path: Path) -> Iterator[BusBench]:
    """A bench on a bus."""
    with closing(Broker("127.0.0.1", short_path)) as broker, BusBench(short_path, broker) as bench:
        yield bench


@pytest.fixture
def record(bench: BusBench, tmp_path: Path) -> Callable[..., Recorder]:
    """Return a function that starts a recorder whose root is ``tmp_path/recordings``."""

    def start(disk: Disk | None = None, **args: Any) -> Recorder:
        usual = {"rec_root_dir": str(tmp_path / "recordings"), "stop_free_gb": 0.0}
        source = type("Recorder", (Recorder,), {"disk": disk} if disk else {})
        recorder = bench.start(source, "Recorder", **{**usual, **args})
        bench.settle()
        return recorder

    return start
