"""A host over recorded time: runs plugins without a bus, all in line, the same way every time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gazed import (
    CallFailure,
    Calls,
    Clock,
    Connection,
    Context,
    GazedError,
    MessageError,
    Notification,
    PluginError,
    checked,
    load,
    pack,
    unpack,
)
from gazed_plugins.processing.clock import ReplayClock
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.plan import installed

NOTIFY = "notify."
_USUAL_PAUSE = 1.0

Handler = Callable[[str, dict[str, Any], Sequence[bytes]], None]
Keep = Callable[[str, bytes], None]


class OfflineHost:
    """What a host does for its plugins, with the recording's time in place of the machine's.

    What plugins send comes back to those here, as from the bus, once the plugins are through
    with what they are at; ``keep`` is given topic and payload of each of it, in order. Work
    for the background is done at once and handed back in the same place. A plugin that
    raises ends it all with a ProcessingError, because its data would be missing from the
    result; messages that a plugin could not read are collected in ``complaints``.
    ``settings`` is a directory for the plugins' own files.
    """

    def __init__(self, name: str, keep: Keep, settings: Path) -> None:
        self.name = name
        self.clock: Clock = ReplayClock()
        self.connection = Connection.nowhere(settings / "clock", settings)
        self.complaints: dict[str, None] = {}
        self._keep = keep
        self._registry = installed()
        self._calls = Calls(_fail, self._complain)
        self._instances: dict[str, Any] = {}
        self._subscribed: list[tuple[str, str, Handler]] = []
        self._sent: deque[Sequence[bytes]] = deque()
        self._done: deque[Callable[[], None]] = deque()
        self._delayed: dict[str, tuple[float, Sequence[bytes]]] = {}
        self._due: dict[str, float] = {}
        self._trial_errors: list[Exception] = []
        self._trial = Calls(
            lambda failure: self._trial_errors.append(failure.error),
            lambda _, error: self._trial_errors.append(error),
        )

    def start(self, name: str, args: Mapping[str, Any]) -> None:
        """Start an installed plugin, in place of one of the same name or role.

        Raises GazedError when there is no such plugin or it cannot start. It is told with
        ``plugin.started``, as in a service.
        """
        offer = self._registry.find(name)
        cls = load(offer)
        instance = cls(Context(offer.plugin, self), **checked(cls, args))
        role = getattr(cls, "role", None)
        for other, running in list(self._instances.items()):
            if other == offer.plugin or (role and getattr(running, "role", None) == role):
                self.stop(other)
        self.add(offer.plugin, instance)
        facts = {"name": name, "host": self.name, "plugin": offer.plugin}
        self.notify("plugin.started", {**facts, "args": dict(args), "role": role}, None)

    def add(self, name: str, instance: object) -> None:
        """Let a plugin take part that is there already."""
        self._calls.register(name, instance)
        self._instances[name] = instance

    def stop(self, name: str) -> None:
        """Stop a plugin; nothing happens when it does not run."""
        instance = self._instances.pop(name, None)
        if instance is None:
            return
        self._calls.unregister(name)
        if hasattr(instance, "close"):
            self._calls.guarded(name, "close", instance.close)
        self._subscribed = [entry for entry in self._subscribed if entry[0] != name]
        self._due.pop(name, None)

    def turn(self, now: float) -> None:
        """Let it be ``now``: send what was to wait until then, and let plugins tick."""
        self.clock.set(now)
        now = self.clock.now()
        for subject, (due, frames) in list(self._delayed.items()):
            if due <= now:
                del self._delayed[subject]
                self._sent.append(frames)
        for plugin in self._calls.implementing("tick"):
            if self._due.get(plugin, now) <= now:
                pause = self._calls.one("tick", plugin, {})
                self._due[plugin] = now + (_USUAL_PAUSE if pause is None else pause)
        self.settle()

    @property
    def busy(self) -> bool:
        """Whether a plugin wants to tick again before time goes on."""
        now = self.clock.now()
        ticking = self._calls.implementing("tick")
        return any(self._due.get(plugin, now) <= now for plugin in ticking)

    def deliver(self, topic: str, payload: bytes) -> None:
        """Hand the plugins here a message as it comes from another host."""
        self._receive([topic.encode(), payload])
        self.settle()

    def settle(self) -> None:
        """Let what was sent come back, and what that makes plugins send, until all is quiet."""
        while self._sent or self._done:
            while self._sent:
                frames = self._sent.popleft()
                self._keep(frames[0].decode(), frames[1])
                self._receive(frames)
            if self._done:
                self._done.popleft()()

    def close(self) -> None:
        """Stop all plugins, the youngest first, and take in what they say at the end."""
        for name in reversed(list(self._instances)):
            self.stop(name)
        self.settle()

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        """Send a notification."""
        topic = NOTIFY + subject
        frames = [topic.encode(), pack({**fields, "subject": subject, "topic": topic})]
        if delay is None:
            self._sent.append(frames)
        else:
            self._delayed[subject] = (self.clock.now() + delay, frames)

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Sequence[bytes]) -> bool:
        """Send a datum; True, as nothing keeps it from being sent."""
        self._sent.append([topic.encode(), pack(fields), *raw])
        return True

    def forward(self, frames: Sequence[bytes]) -> None:
        """Send a finished message."""
        self._sent.append(frames)

    def wanted(self, topic: str) -> bool:
        """Tell that the result wants all data; pictures only a plugin here can want."""
        prefixes = [prefix for _, prefix, _ in self._subscribed]
        return not topic.startswith("frame") or any(map(topic.startswith, prefixes))

    def subscribe(self, owner: str, prefix: str, handler: Handler) -> None:
        """Hand data below a prefix to a handler."""
        self._subscribed.append((owner, prefix, handler))

    def poll(self, owner: str, socket: Any, handler: Callable[[], None]) -> None:  # noqa: ARG002
        """Refuse: a recording is processed without any network."""
        raise PluginError(
            f"{owner} needs sockets, which are not there when a recording is processed"
        )

    def background(self, owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do the work here and now; hand the result over when the plugins are through."""
        result = self._trial.guarded(owner, "background", work)
        handed = self._trial_errors.pop() if self._trial_errors else result
        self._done.append(lambda: self._calls.guarded(owner, "background", then, handed))

    def each(self, hook: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Call a hook of every plugin here."""
        return self._calls.each(hook, values)

    def through(self, hook: str, values: Mapping[str, Any]) -> Any:
        """Pass a value along a hook of every plugin here."""
        return self._calls.through(hook, values)

    def _receive(self, frames: Sequence[bytes]) -> None:
        topic = frames[0].decode()
        if topic.startswith(NOTIFY):
            self._notified(Notification(frames))
            return
        handlers = [entry for entry in self._subscribed if topic.startswith(entry[1])]
        fields = unpack(frames[1]) if handlers else {}
        for owner, _, handler in handlers:
            self._calls.guarded(owner, "data", handler, topic, fields, frames[2:])

    def _notified(self, notification: Notification) -> None:
        if notification.subject in ("start_plugin", "stop_plugin"):
            self._requested(notification)
            return
        for _ in self.each("on_notification", {"notification": notification}):
            pass

    def _requested(self, notification: Notification) -> None:
        name = str(notification.get("name"))
        try:
            offer = self._registry.find(name)
            if self.name not in (notification.get("host"), *offer.hosts):
                return
            if notification.subject == "start_plugin":
                self.start(name, notification.get("args") or {})
            else:
                self.stop(offer.plugin)
        except GazedError as error:
            self.complaints[f"{name} cannot be started: {error}"] = None
            facts = {"name": name, "host": self.name, "reason": str(error)}
            self.notify("plugin.failed", facts, None)

    def _complain(self, plugin: str, error: MessageError) -> None:
        self.complaints[f"{plugin}: could not read a message: {error}"] = None


def _fail(failure: CallFailure) -> None:
    if isinstance(failure.error, ProcessingError):
        raise failure.error
    kind = "" if isinstance(failure.error, GazedError) else f"{type(failure.error).__name__}: "
    raise ProcessingError(
        f"{failure.plugin} failed in {failure.where}: {kind}{failure.error}"
    ) from failure.error
