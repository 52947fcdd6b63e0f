"""Log lines: from every process over the bus to one console and one rotating file."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gazed.errors import MessageError
from gazed.wire import pack, topic_of, unpack

PREFIX = "logging."
_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"


class BusHandler(logging.Handler):
    """Puts log records on the bus with the keys that clients read (spec: protocol 11)."""

    def __init__(self, process: str, send: Callable[[Sequence[bytes]], None]) -> None:
        super().__init__()
        self.process = process
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; text that msgpack cannot carry is made text first."""
        fields: dict[str, Any] = dict(vars(record))
        fields["msg"] = record.getMessage()
        fields["args"] = []
        fields["processName"] = self.process
        if record.exc_info:
            fields["exc_text"] = logging.Formatter().formatException(record.exc_info)
        fields["exc_info"] = fields["exc_text"]
        topic = PREFIX + record.levelname.lower()
        fields["topic"] = topic
        self._send([topic.encode(), pack({key: _plain(value) for key, value in fields.items()})])


class LogSink:
    """Where the log lines of all processes end: the console and a file that rotates."""

    def __init__(self, file: Path | None, level: int) -> None:
        self._handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
        if file:
            self._handlers.append(_rotating(file))
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter(_FORMAT))
        self._level = level
        self._own_process = ""

    def attach(self, to_bus: BusHandler) -> None:
        """Take this process's own log lines, at once, and put them on the bus for clients."""
        self._own_process = to_bus.process
        root = logging.getLogger()
        root.setLevel(self._level)
        for handler in (*self._handlers, to_bus):
            root.addHandler(handler)

    def write(self, frames: Sequence[bytes]) -> None:
        """Write one record from the bus; raise MessageError when it is none.

        This process's own are written already.
        """
        fields = unpack(frames[1]) if topic_of(frames) else {}
        if fields.get("processName") == self._own_process:
            return
        try:
            record = logging.makeLogRecord(
                {
                    "msg": str(fields["msg"]),
                    "levelno": int(fields["levelno"]),
                    "levelname": str(fields["levelname"]),
                    "name": str(fields["name"]),
                }
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise MessageError(f"not a log record: {error!r}") from None
        if record.levelno >= self._level:
            for handler in self._handlers:
                handler.handle(record)

    def close(self) -> None:
        """Close the file."""
        root = logging.getLogger()
        for handler in list(root.handlers):
            root.removeHandler(handler)
        for handler in self._handlers:
            handler.close()


def _rotating(file: Path) -> logging.Handler:
    file.parent.mkdir(parents=True, exist_ok=True)
    return logging.handlers.RotatingFileHandler(
        file, maxBytes=5_000_000, backupCount=5, encoding="utf-8"
    )


def _plain(value: Any) -> Any:
    return value if isinstance(value, (str, int, float, list, type(None))) else str(value)
