"""Data that a process could not publish, as each tells once a second."""

from __future__ import annotations

from gazed import MessageError, unpack

TOPIC = "host_alive."


class Drops:
    """Follows the hosts' counts of data that the bus did not take from them in time."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def hear(self, payload: bytes) -> tuple[str, int]:
        """Return whose sign of life this is, and how many data it dropped since the last one."""
        try:
            fields = unpack(payload)
        except MessageError:
            return "", 0
        host, count = str(fields.get("host")), fields.get("dropped")
        if not isinstance(count, int):
            return host, 0
        before = self._counts.get(host, count)
        self._counts[host] = count
        return host, count - before if count >= before else count
