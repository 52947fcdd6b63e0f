"""How hard a picture is to read: what is in it besides the pupil."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["easy", "medium", "hard"]


@dataclass(frozen=True, slots=True)
class Look:
    """What makes pictures easy or hard.

    Gray levels are of 255. ``blur_px`` is the sigma of the lens, for a picture 192 wide.
    ``lash_droop_deg`` is by how much lashes hang into the picture of the eye, ``opening``
    how far the lids are apart between blinks, 1 being wide open. ``reflection`` is how
    bright a window shines on the cornea. ``exposure`` is in seconds.
    """

    pupil: float = 28.0
    iris: float = 96.0
    iris_texture: float = 14.0
    sclera: float = 150.0
    skin: float = 165.0
    lashes: int = 26
    lash_length_mm: float = 6.0
    lash_droop_deg: float = -15.0
    lash: float = 62.0
    glints: int = 1
    reflection: float = 0.0
    blur_px: float = 0.7
    noise: float = 2.0
    exposure: float = 0.002
    opening: float = 1.0
    blinks_per_minute: float = 12.0


LOOKS: dict[Level, Look] = {
    "easy": Look(),
    "medium": Look(
        pupil=34.0,
        iris=84.0,
        iris_texture=16.0,
        lashes=38,
        lash_length_mm=8.0,
        lash_droop_deg=15.0,
        lash=52.0,
        glints=2,
        reflection=18.0,
        blur_px=1.0,
        noise=4.0,
        exposure=0.003,
        opening=0.88,
        blinks_per_minute=15.0,
    ),
    "hard": Look(
        pupil=40.0,
        iris=72.0,
        iris_texture=14.0,
        sclera=125.0,
        skin=140.0,
        lashes=60,
        lash_length_mm=9.5,
        lash_droop_deg=50.0,
        lash=40.0,
        glints=2,
        reflection=45.0,
        blur_px=1.6,
        noise=7.0,
        exposure=0.004,
        opening=0.68,
        blinks_per_minute=20.0,
    ),
}
