"""How an eye's pictures are turned and mirrored, and what that does to a region in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from gazed import Arg, PluginError, Roi

Degrees = Literal[0, 90, 180, 270]
Mirror = Literal["none", "horizontal", "vertical"]
Rotation = Annotated[Degrees, Arg("degrees", live=True, text="clockwise turn of the pictures")]
Flip = Annotated[Mirror, Arg(live=True, text="then mirrored left to right, or top to bottom")]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Orientation:
    """A clockwise turn in degrees, then a mirror: ``horizontal`` swaps left and right."""

    rotation: int = 0
    flip: str = "none"

    @property
    def changes_nothing(self) -> bool:
        """Tell whether pictures stay as they are."""
        return self.rotation == 0 and self.flip == "none"

    def roi_from(self, roi: Roi, before: Orientation, size: Size) -> Roi:
        """Return the region of the eye that ``roi`` marked in pictures oriented as ``before``.

        ``size`` is (width, height) of those pictures.
        """
        upright = _mirrored(roi, size, before.flip)
        upright, size = _turned(upright, size, -before.rotation % 360)
        turned, size = _turned(upright, size, self.rotation)
        return _mirrored(turned, size, self.flip)


def checked_orientation(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of ``Eye`` in ``fields``; raise PluginError naming what is wrong."""
    known = {"rotation": get_args(Degrees), "flip": get_args(Mirror)}
    for key, value in fields.items():
        if key not in known:
            raise PluginError(f"{name}: {key!r} is not one of rotation, flip")
        if isinstance(value, bool) or value not in known[key]:
            choices = ", ".join(str(choice) for choice in known[key])
            raise PluginError(f"{name}: {key} is {value!r}, but must be one of {choices}")
    return dict(fields)


def _turned(roi: Roi, size: Size, degrees: int) -> tuple[Roi, Size]:
    for _ in range(degrees // 90):
        min_x, min_y, max_x, max_y = roi
        width, height = size
        roi, size = (height - 1 - max_y, min_x, height - 1 - min_y, max_x), (height, width)
    return roi, size


def _mirrored(roi: Roi, size: Size, flip: str) -> Roi:
    min_x, min_y, max_x, max_y = roi
    width, height = size
    if flip == "horizontal":
        return (width - 1 - max_x, min_y, width - 1 - min_x, max_y)
    if flip == "vertical":
        return (min_x, height - 1 - max_y, max_x, height - 1 - min_y)
    return roi
