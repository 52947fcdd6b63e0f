"""The gaze pipeline: pupil data in from the bus, gaze data out."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gazed import Context, Fields, Gaze, MessageError, Pupil, gaze_to_wire, pupil_from_wire


class GazePipeline:
    """Hand every pupil datum on the bus to the plugins here, and publish the gaze they make of it.

    Whoever publishes pupil data takes part: our eyes, other detectors, a test.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        context.subscribe("pupil.", self._take)

    def _take(self, topic: str, fields: Fields, _raw: Sequence[bytes]) -> None:
        pupil = _finite(pupil_from_wire(topic, fields))
        for _ in self._context.each("on_pupil", pupil=pupil):
            pass
        for gaze in self._context.first("map_gaze", pupil=pupil) or ():
            self._release(gaze)

    def _release(self, gaze: Gaze) -> None:
        if self._context.wanted(gaze.topic):
            self._context.publish(gaze.topic, gaze_to_wire(gaze))
        for _ in self._context.each("on_gaze", gaze=gaze):
            pass


def _finite(pupil: Pupil) -> Pupil:
    if not all(map(math.isfinite, (pupil.timestamp, pupil.confidence, *pupil.norm_pos))):
        raise MessageError(f"{pupil.topic} holds a number that is not finite")
    return pupil
