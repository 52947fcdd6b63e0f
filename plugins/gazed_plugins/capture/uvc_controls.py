"""The controls of a UVC camera: listed, set, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gazed_plugins.capture.cameras import ControlInfo, RefusedError

# A control that an automatic one governs can be set only after that is off.
_FIRST = ("Auto", "auto")


def listed(controls: list[Any]) -> list[ControlInfo]:
    """Return what the controls of an open ``uvc.Capture`` are, and their values now."""
    return [_info(control) for control in controls]


def set_value(controls: list[Any], name: str, value: Any) -> ControlInfo:
    """Set one control and read it back; raise RefusedError when that is not what it has then."""
    control = _named(controls, name)
    number = _number(control, value)
    before = control.value
    kept = _tried(control, number)
    if kept != number:
        _tried(control, before)
        raise RefusedError(f"the camera did not take {value!r} for {name}; it has {kept}", [kept])
    return _info(control)


def apply(controls: list[Any], start: Mapping[str, Any], own: Mapping[str, Any]) -> list[str]:
    """Set start-up values, then the user's own; return a sentence for each own one refused.

    Start-up values for controls that a camera lacks are left out.
    """
    notes = []
    present = {control.display_name.strip() for control in controls}
    wanted = {name: value for name, value in start.items() if name in present and name not in own}
    for name, value in _in_order({**wanted, **own}).items():
        try:
            set_value(controls, name, value)
        except RefusedError as error:
            notes.append(error.reason)
    return notes


def _tried(control: Any, number: int) -> int:
    try:
        control.value = number
        control.refresh()
    except Exception as error:  # pyuvc raises the bare class, nothing derived from it
        if type(error) is not Exception:
            raise
        name = control.display_name.strip()
        raise RefusedError(f"the camera does not answer about {name}: {error}") from None
    return int(control.value)


def _in_order(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(sorted(values.items(), key=lambda item: not item[0].startswith(_FIRST)))


def _named(controls: list[Any], name: str) -> Any:
    for control in controls:
        if control.display_name.strip().casefold() == name.strip().casefold():
            return control
    known = sorted(control.display_name.strip() for control in controls)
    raise RefusedError(f"this camera has no control {name!r}", known)


def _number(control: Any, value: Any) -> int:
    choices = control.d_type if isinstance(control.d_type, dict) else {}
    if isinstance(value, str) and value in choices:
        return int(choices[value])
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    name, known = control.display_name.strip(), _known(control)
    if not isinstance(value, int):
        raise RefusedError(f"{name} takes a whole number, not {value!r}", known)
    if not control.min_val <= value <= control.max_val:
        raise RefusedError(
            f"{name} is from {control.min_val} to {control.max_val}; {value} is outside", known
        )
    if choices and value not in choices.values():
        raise RefusedError(f"{name} has no choice {value}", known)
    return int(value)


def _known(control: Any) -> list[Any]:
    if isinstance(control.d_type, dict):
        return [{"name": name, "value": value} for name, value in control.d_type.items()]
    return [control.min_val, control.max_val]


def _info(control: Any) -> ControlInfo:
    return ControlInfo(
        name=control.display_name.strip(),
        value=int(control.value),
        low=control.min_val,
        high=control.max_val,
        step=control.step,
        default=control.def_val,
        choices=control.d_type if isinstance(control.d_type, dict) else {},
        text=control.doc or "",
    )
