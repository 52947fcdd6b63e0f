"""The kernel in C, loaded with ctypes: no Python headers to build it, no GIL while it runs."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_float, c_int32, c_int64, c_void_p
from pathlib import Path

import numpy as np

from gazed_plugins.detector_2d import method
from gazed_plugins.detector_2d.confidence import Models, models
from gazed_plugins.detector_2d.evidence import NAMES
from gazed_plugins.detector_2d.method import ROUGH, Band, Floats, Gray, Round, Rounds, ring, shrinks
from gazed_plugins.detector_2d.shapes import Shape
from gazed_plugins.native import library_of, loaded

SOURCE = Path(__file__).with_name("kernel.c")
LIBRARY = library_of(SOURCE)

_MOST_FOUND = 64
_MOST_VIEW = 48000
_ROOM = 2 * _MOST_VIEW
_NOTHING: Gray = np.zeros((0, 0), np.uint8)


class _Picture(ctypes.Structure):
    _fields_ = (
        ("pixels", c_void_p),
        ("stride", c_int64),
        ("width", c_int32),
        ("height", c_int32),
        ("bright", c_int32),
    )


class _Round(ctypes.Structure):
    _fields_ = (
        ("ring", c_void_p),
        ("count", c_int32),
        ("half", c_int32),
        ("first", c_int32),
        ("seeing", c_int32),
        ("step", c_float),
        ("stiffness", c_float),
        ("tolerances", c_float * 3),
    )


class _Band(ctypes.Structure):
    _fields_ = (
        ("fine", c_int32),
        ("count", c_int32),
        ("blurs", c_int32),
        ("peaks", c_int32),
        ("radii", c_float * 4),
    )


class _Search(ctypes.Structure):
    _fields_ = (
        ("round", _Round),
        ("shrink", c_int32),
        ("again", c_int32),
        ("most_voters", c_int32),
        ("steep", c_float),
        ("bands", _Band * len(method.BANDS)),
        ("halves", c_int32 * len(method.HALVES)),
        ("ladder", c_float * len(method.LADDER)),
    )


class CompiledKernel:
    """The fast version of ``method.Kernel``.

    Raises OSError when there is none, when it cannot be loaded, or when it was compiled from
    another source than the one beside it.
    """

    def __init__(self, library: Path = LIBRARY, known: Models | None = None) -> None:
        functions = loaded(library, SOURCE)
        self._closely = functions.gazed_closely
        self._closely.argtypes = (
            *[c_void_p] * 3,
            c_int32,
            c_double,
            c_double,
            *[c_void_p] * 4,
            c_int64,
        )
        self._everywhere = functions.gazed_everywhere
        self._everywhere.argtypes = (c_void_p, c_void_p, c_double, *[c_void_p] * 5, c_int64)
        self._near_model, self._rough_model = (model.flat() for model in known or models())
        self._picture, self._gray, self._frame_edge = _Picture(), _NOTHING, 0.0
        self._shape, self._confidence = (c_double * 5)(), c_double()
        self._evidence = (c_float * len(NAMES))()
        self._shapes, self._promises = (c_double * (5 * _MOST_FOUND))(), (c_double * _MOST_FOUND)()
        self._count = 0
        self._known = (c_float * (len(NAMES) * _MOST_FOUND))()
        self._scratch = np.empty(0, np.float32)
        self._rounds: dict[Rounds, tuple[int, int, ctypes.Array[_Round]]] = {}
        self._searches: dict[tuple[int, int], _Search] = {}
        self._rings: dict[int, Floats] = {}
        self._fixed: tuple[int, ...] = ()

    def look_at(self, gray: Gray, frame_edge: float, bright: bool) -> None:
        """Take a picture; what it is in memory has to stay as it is while it is looked at."""
        picture = self._picture
        self._gray, self._frame_edge = gray, frame_edge
        picture.pixels = gray.__array_interface__["data"][0]
        picture.stride = gray.strides[0]
        picture.height, picture.width = gray.shape
        picture.bright = bright
        self._make_room(_ROOM + picture.width)

    def closely(self, shape: Shape, rounds: Rounds, radius: float) -> tuple[Shape, float] | None:
        """Return a refined shape and its confidence; None when it is off the picture."""
        known = self._rounds.get(rounds)
        if known is None:
            array = (_Round * len(rounds))(*map(self._round, rounds))
            known = self._rounds[rounds] = (ctypes.addressof(array), len(rounds), array)
        picture, place, *rest = self._fixed
        self._shape[:] = list(shape)
        seen = self._closely(picture, place, known[0], known[1], radius, self._frame_edge, *rest)
        if not seen:
            return None
        x, y, p, q, r = self._shape
        return (x, y, p, q, r), self._confidence.value

    def last_evidence(self) -> list[float]:
        """Return what the last close look found for and against its shape."""
        return list(self._evidence)

    def everywhere(self) -> tuple[list[Shape], list[float]]:
        """Return rough shapes and how much a closer look at each promises, as logits."""
        by = shrinks(self._frame_edge)
        search = self._searches.get(by)
        if search is None:
            search = self._searches[by] = _search(self._round(ROUGH), *by)
        width, height = self._picture.width // by[0], self._picture.height // by[0]
        self._make_room(8 * (width + 1) * (height + 1))
        self._count = count = self._everywhere(
            ctypes.addressof(self._picture),
            ctypes.addressof(search),
            self._frame_edge,
            self._rough_model.ctypes.data,
            ctypes.addressof(self._shapes),
            ctypes.addressof(self._known),
            ctypes.addressof(self._promises),
            self._scratch.ctypes.data,
            len(self._scratch),
        )
        numbers = iter(self._shapes[: 5 * count])
        shapes: list[Shape] = list(zip(*[numbers] * 5, strict=True))
        return shapes, self._promises[:count]

    def rough_evidence(self) -> list[list[float]]:
        """Return the evidence for each shape that ``everywhere`` returned last."""
        numbers = list(self._known[: self._count * len(NAMES)])
        return [list(row) for row in zip(*[iter(numbers)] * len(NAMES), strict=True)]

    def _round(self, look: Round) -> _Round:
        # Kept here: threads that ask for the same ring at once may each get one of their own.
        if look.count not in self._rings:
            self._rings[look.count] = ring(look.count)
        return _Round(
            self._rings[look.count].ctypes.data,
            look.count,
            look.half,
            look.first,
            look.seeing,
            look.step,
            look.stiffness,
            (c_float * 3)(*look.tolerances),
        )

    def _make_room(self, room: int) -> None:
        if len(self._scratch) < room:
            self._scratch = np.empty(room, np.float32)
            self._fixed = self._addresses()

    def _addresses(self) -> tuple[int, ...]:
        """Return the addresses that stay the same from call to call."""
        return (
            ctypes.addressof(self._picture),
            ctypes.addressof(self._shape),
            self._near_model.ctypes.data,
            ctypes.addressof(self._evidence),
            ctypes.addressof(self._confidence),
            self._scratch.ctypes.data,
            len(self._scratch),
        )


def _band(band: Band) -> _Band:
    return _Band(band.fine, len(band.radii), band.blurs, band.peaks, (c_float * 4)(*band.radii))


def _search(look: _Round, shrink: int, again: int) -> _Search:
    return _Search(
        look,
        shrink,
        again,
        method.MOST_VOTERS,
        method.STEEP,
        (_Band * len(method.BANDS))(*map(_band, method.BANDS)),
        (c_int32 * len(method.HALVES))(*method.HALVES),
        (c_float * len(method.LADDER))(*method.LADDER.tolist()),
    )
