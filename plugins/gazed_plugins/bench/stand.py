"""What a host does for a plugin, where there is no daemon, no bus and nobody who listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gazed import Clock, Connection


class Stand:
    """The services of an eye's host for a plugin that is tried by itself.

    What the plugin sends is forgotten, nothing comes from the bus, and work for the background
    is done at once. ``directory`` is for the clock and for files that the plugin keeps.
    """

    def __init__(self, directory: Path) -> None:
        self.name = "eye0"
        self.clock = Clock.create(directory / "clock")
        self.connection = Connection.nowhere(directory / "clock", directory / "settings")

    def close(self) -> None:
        """Release the clock."""
        self.clock.close()

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        """Forget a notification."""

    def publish(self, _topic: str, _fields: Mapping[str, Any], _raw: Sequence[bytes]) -> bool:
        """Forget a datum; True, as nothing kept it from being sent."""
        return True

    def forward(self, frames: Sequence[bytes]) -> None:
        """Forget a message."""

    def wanted(self, _topic: str) -> bool:
        """Tell that nobody listens."""
        return False

    def subscribe(self, _owner: str, prefix: str, handler: Callable[..., None]) -> None:
        """Hand over nothing, ever."""

    def poll(self, _owner: str, socket: Any, handler: Callable[[], None]) -> None:
        """Leave a socket alone."""

    def background(self, _owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do the work here and now."""
        then(work())

    def each(self, _hook: str, _values: Mapping[str, Any]) -> Iterator[Any]:
        """Call no plugin: there is no other here."""
        return iter(())

    def through(self, _hook: str, values: Mapping[str, Any]) -> Any:
        """Return the one value as it is: there is no plugin that changes it."""
        (value,) = values.values()
        return value
