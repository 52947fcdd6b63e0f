"""What a plugin can be told: read off its constructor, checked before it runs."""

from __future__ import annotations

import inspect
import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gazed.errors import ArgumentError

_REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Arg:
    """What a type cannot say of an argument: ``Annotated[float, Arg("s", low=0.0)]``.

    ``unit`` is a unit or empty; ``low`` and ``high`` bound a number, inclusive; ``live``
    says that a running plugin takes a new value without a restart.
    """

    unit: str = ""
    low: float | None = None
    high: float | None = None
    live: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """One keyword argument of a plugin."""

    name: str
    type: str
    required: bool
    default: Any
    unit: str
    low: float | None
    high: float | None
    live: bool
    text: str

    def to_wire(self) -> dict[str, Any]:
        """Return the schema entry that ``gazed plugins`` and the network list."""
        fields = asdict(self)
        if self.required:
            del fields["default"]
        return {
            key: value for key, value in fields.items() if value is not None or key == "default"
        }


def schema_of(plugin: Callable[..., Any]) -> list[Argument]:
    """Return the arguments of a plugin class, in order, without its context."""
    return [_described(name, hint, default) for name, hint, default in _parameters(plugin)]


def checked(plugin: Callable[..., Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``given`` with each value in its argument's type.

    Ints serve as floats, whole floats as ints, lists as tuples. Raises ArgumentError for
    an unknown argument, a missing one, a wrong type, or a value out of range.
    """
    parameters = {name: (hint, default) for name, hint, default in _parameters(plugin)}
    for name in given:
        if name not in parameters:
            known = ", ".join(parameters) or "none"
            raise ArgumentError(name, f"there is no such argument; there are: {known}")
    values = {}
    for name, (hint, default) in parameters.items():
        if name in given:
            values[name] = _checked_value(name, hint, given[name])
        elif default is _REQUIRED:
            raise ArgumentError(name, "is required")
    return values


def _parameters(plugin: Callable[..., Any]) -> list[tuple[str, Any, Any]]:
    target = plugin.__init__ if inspect.isclass(plugin) else plugin
    hints = get_type_hints(target, include_extras=True)
    parameters = list(inspect.signature(plugin).parameters.values())[1:]
    return [(entry.name, hints.get(entry.name, Any), entry.default) for entry in parameters]


def _described(name: str, hint: Any, default: Any) -> Argument:
    hint, arg = _split(hint)
    return Argument(
        name=name,
        type=_type_name(hint),
        required=default is _REQUIRED,
        default=None if default is _REQUIRED else default,
        **asdict(arg),
    )


def _split(hint: Any) -> tuple[Any, Arg]:
    if get_origin(hint) is typing.Annotated:
        bare, *notes = get_args(hint)
        return bare, next((note for note in notes if isinstance(note, Arg)), Arg())
    return hint, Arg()


def _type_name(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " | ".join(str(choice) for choice in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return " | ".join(_type_name(choice) for choice in get_args(hint))
    if get_origin(hint) is not None:
        return str(hint).replace("typing.", "")
    return "none" if hint is types.NoneType else getattr(hint, "__name__", str(hint))


def _checked_value(name: str, hint: Any, value: Any) -> Any:
    hint, arg = _split(hint)
    converted = _converted(name, hint, value)
    if isinstance(converted, (int, float)) and not isinstance(converted, bool):
        _check_range(name, arg, converted)
    return converted


def _check_range(name: str, arg: Arg, value: float) -> None:
    low = -math.inf if arg.low is None else arg.low
    high = math.inf if arg.high is None else arg.high
    if not math.isfinite(value):
        raise ArgumentError(name, f"{value!r} is not a finite number")
    if not low <= value <= high:
        raise ArgumentError(name, f"{value!r} is outside {low:g} to {high:g} {arg.unit}".rstrip())


def _converted(name: str, hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _first_that_fits(name, hint, value)
    if origin is Literal:
        if value in get_args(hint):
            return value
        raise ArgumentError(name, f"{value!r} is not one of {_type_name(hint)}")
    if origin in (list, tuple):
        return _converted_sequence(name, origin, get_args(hint), value)
    if origin in (dict, Mapping) or hint is dict:
        return _converted_map(name, hint, value)
    return _converted_scalar(name, hint, value)


def _first_that_fits(name: str, hint: Any, value: Any) -> Any:
    for choice in get_args(hint):
        try:
            return _converted(name, choice, value)
        except ArgumentError:
            continue
    raise ArgumentError(name, f"{value!r} is not {_type_name(hint)}")


def _converted_sequence(name: str, kind: type, inner: tuple[Any, ...], value: Any) -> Any:
    if not isinstance(value, (list, tuple)):
        raise ArgumentError(name, f"{value!r} is not a list")
    if kind is tuple and Ellipsis not in inner:
        if len(value) != len(inner):
            raise ArgumentError(name, f"{value!r} does not have {len(inner)} entries")
        return tuple(_checked_value(name, *pair) for pair in zip(inner, value, strict=True))
    return kind(_checked_value(name, inner[0], entry) for entry in value)


def _converted_map(name: str, hint: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ArgumentError(name, f"{value!r} is not a map")
    inner = get_args(hint)[1] if get_args(hint) else Any
    return {str(key): _checked_value(name, inner, entry) for key, entry in value.items()}


def _converted_scalar(name: str, hint: Any, value: Any) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if hint is types.NoneType:
        hint = type(None)
    if isinstance(value, hint) and not (isinstance(value, bool) and hint is not bool):
        return value
    raise ArgumentError(name, f"{value!r} is not {_type_name(hint)}")
