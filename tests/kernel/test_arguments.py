"""Typed arguments: listed from the constructor, checked before it runs."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest

from gazed import Arg, ArgumentError
from gazed.arguments import checked, schema_of


class Example:
    """Something with arguments of each kind."""

    def __init__(
        self,
        context: object,
        path: str,
        rate: Annotated[float, Arg("Hz", low=1, high=200, live=True)] = 120.0,
        mode: Literal["fast", "own"] = "own",
        roi: tuple[int, int, int, int] | None = None,
        names: list[str] = [],  # noqa: B006
        options: dict[str, float] = {},  # noqa: B006
        count: int = 3,
        on: bool = True,
    ) -> None:
        pass


def test_the_schema_lists_type_default_unit_and_range():
    schema = {argument.name: argument.to_wire() for argument in schema_of(Example)}

    assert list(schema) == ["path", "rate", "mode", "roi", "names", "options", "count", "on"]
    assert schema["path"]["required"]
    assert schema["rate"] == {
        "name": "rate",
        "type": "float",
        "required": False,
        "default": 120.0,
        "unit": "Hz",
        "low": 1,
        "high": 200,
        "live": True,
        "text": "",
    }
    assert schema["mode"]["type"] == "fast | own"


def test_values_become_their_arguments_type():
    given = {"path": "x", "rate": 100, "count": 4.0, "roi": [0, 0, 10, 10], "options": {"a": 1}}

    values = checked(Example, given)

    assert values == {
        "path": "x",
        "rate": 100.0,
        "count": 4,
        "roi": (0, 0, 10, 10),
        "options": {"a": 1.0},
    }
    assert isinstance(values["rate"], float)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "path"),
        ({"path": 5}, "path"),
        ({"path": "x", "rate": 0.5}, "rate"),
        ({"path": "x", "rate": float("nan")}, "rate"),
        ({"path": "x", "rate": float("inf")}, "rate"),
        ({"path": "x", "rate": "fast"}, "rate"),
        ({"path": "x", "mode": "slow"}, "mode"),
        ({"path": "x", "roi": [1, 2]}, "roi"),
        ({"path": "x", "names": "abc"}, "names"),
        ({"path": "x", "options": {"a": "b"}}, "options"),
        ({"path": "x", "count": 1.5}, "count"),
        ({"path": "x", "count": True}, "count"),
        ({"path": "x", "on": 1}, "on"),
        ({"path": "x", "colour": "red"}, "colour"),
    ],
)
def test_a_wrong_argument_is_refused_by_name(given, named):
    with pytest.raises(ArgumentError) as refusal:
        checked(Example, given)

    assert refusal.value.argument == named


def test_a_plugin_without_arguments_takes_none():
    class Bare:
        def __init__(self, context: object) -> None:
            pass

    assert checked(Bare, {}) == {}
    with pytest.raises(ArgumentError):
        checked(Bare, {"x": 1})
