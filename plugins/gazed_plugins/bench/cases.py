"""What detectors are compared on: pictures, and what is known of the pupil in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from gazed import Ellipse, Frame

Kind = Literal["labelled", "simulated", "unlabelled"]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One picture.

    ``label`` is the pupil's outline in pixels, None when nobody knows it; ``closed`` says that
    there is none to be found. ``alone`` pictures are also shown to detectors that have seen
    nothing before.
    """

    frame: Frame
    label: Ellipse | None = None
    closed: bool = False
    alone: bool = True


@dataclass(frozen=True, slots=True)
class PictureSet:
    """Pictures that are scored together.

    ``sequences`` are read anew at each call: one person or clip each, in the order of time when
    the set is ``ordered``, else one bag of pictures that have nothing to do with each other.
    """

    name: str
    kind: Kind
    ordered: bool
    sequences: tuple[Callable[[], Iterator[Case]], ...]
