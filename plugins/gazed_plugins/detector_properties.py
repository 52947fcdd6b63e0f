"""What any pupil detector understands of the ``pupil_detector`` notifications."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from gazed import Arg, Context, MessageError, Notification

Properties = dict[str, Any]

_SUBJECT = re.compile(r"pupil_detector\.[a-z_]+")
_TARGETS = {"eye0": 0, "eye1": 1}
_MOST = 2**31  # as in the clients' own detector; beyond 64 bits nothing could be sent


class DetectorProperties:
    """The switch and the properties of one detector (spec: notifications 3).

    ``wire_name`` is the class name that clients know; ``namespace`` the one of the 2.x form
    ``pupil_detector.set_property.<namespace>``. ``values`` are the properties with their
    defaults, whose types new values are converted to; ``changed`` is called with those that
    a client has set. ``ranges`` bounds and explains some of them; it is told with the values.
    ``check`` raises MessageError for values that do not go together.
    """

    def __init__(
        self,
        context: Context,
        wire_name: str,
        namespace: str,
        values: Mapping[str, Any],
        changed: Callable[[Properties], None],
        ranges: Mapping[str, Arg] | None = None,
        check: Callable[[Properties], None] = lambda _: None,
    ) -> None:
        self._context = context
        self._wire_name = wire_name
        self._namespace = namespace
        self._changed = changed
        self._check = check
        self._ranges = dict(ranges or {})
        self.values: Properties = dict(values)
        self.enabled = True

    def handle(self, notification: Notification) -> None:
        """React to a notification if it is for this detector; log what is wrong with it."""
        action = self._action(notification.subject)
        if action is None or not self._is_for_us(notification):
            return
        try:
            action(notification)
        except MessageError as error:
            eye = self._context.eye
            self._context.log.error("eye%s: %s refused: %s", eye, self._wire_name, error)

    def _action(self, subject: str) -> Callable[[Notification], None] | None:
        if subject == "set_pupil_detection_enabled":
            return self._set_enabled
        if subject == f"pupil_detector.set_property.{self._namespace}":
            return self._set_one
        if not _SUBJECT.fullmatch(subject):
            return None
        return {
            "pupil_detector.set_enabled": self._set_enabled,
            "pupil_detector.set_properties": self._set_many,
            "pupil_detector.broadcast_properties": self._broadcast,
        }.get(subject)

    def _is_for_us(self, notification: Notification) -> bool:
        name = notification.get("detector_plugin_class_name", self._wire_name)
        target = notification.get("target")
        eye = _TARGETS.get(target, -1) if isinstance(target, str) else notification.get("eye_id")
        return name == self._wire_name and eye in (None, self._context.eye)

    def _set_enabled(self, notification: Notification) -> None:
        value = notification["value"]
        if not isinstance(value, bool):
            raise MessageError(f"{notification.subject}: value is {value!r}, not true or false")
        self.enabled = value

    def _set_many(self, notification: Notification) -> None:
        notification.text("detector_plugin_class_name")
        values = notification["values"]
        if not isinstance(values, dict):
            raise MessageError(f"{notification.subject}: values is {values!r}, not a map")
        self._set(values)

    def _set_one(self, notification: Notification) -> None:
        self._set({notification.text("name"): notification["value"]})

    def _set(self, values: Mapping[str, Any]) -> None:
        known = {name: value for name, value in values.items() if name in self.values}
        converted = {name: _converted(name, self.values[name], known[name]) for name in known}
        for name in converted.keys() & self._ranges.keys():
            _check_range(name, converted[name], self._ranges[name])
        self._check({**self.values, **converted})
        self.values.update(converted)
        self._changed(converted)

    def _broadcast(self, _: Notification) -> None:
        subject = f"pupil_detector.properties.{self._context.eye}.{self._wire_name}"
        self._context.notify(subject, values=self.values, **self._told_ranges())

    def _told_ranges(self) -> dict[str, Any]:
        told = {
            name: {"type": type(self.values[name]).__name__, **_present(asdict(arg))}
            for name, arg in self._ranges.items()
        }
        return {"ranges": told} if told else {}


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "")}


def _check_range(name: str, value: float, arg: Arg) -> None:
    low = -math.inf if arg.low is None else arg.low
    high = math.inf if arg.high is None else arg.high
    if not low <= value <= high:
        raise MessageError(f"property {name} is {value!r}, outside {low:g} to {high:g}")


def _converted(name: str, current: Any, value: Any) -> Any:
    kind = type(current)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, (bool, int, float)):
        raise MessageError(f"property {name} is {value!r}, not of type {kind.__name__}")
    try:
        converted = kind(value)
    except (ValueError, OverflowError):
        converted = None
    if converted is None or not abs(converted) < _MOST:
        raise MessageError(f"property {name} cannot be {value!r}")
    return converted
