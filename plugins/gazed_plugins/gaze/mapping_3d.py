"""From matched 3D pupil data to 3D gaze data, in plain Python."""

from __future__ import annotations

from typing import Any, Literal

from gazed import Gaze, Pupil
from gazed_plugins.gaze.lines import FARTHEST_MM, NEAREST_MM, Line, Meeting, meeting, negated_behind
from gazed_plugins.gaze.matching import Match, Matching, matcher
from gazed_plugins.gaze.models_3d import Models3D, is_finite

Depth = Literal["gazed", "pupil-3"]

_SMOOTHING = 0.1


class Mapping3D:
    """Pairs pupil data and maps them with ``models``.

    Both eyes' lines of sight meet at the gaze point; an eye alone looks at some distance.
    ``depth`` decides where vergence says nothing: ``gazed`` puts the point 20 m ahead when the
    lines diverge, and an eye alone looks as far as both did lately; ``pupil-3`` negates the
    point, and an eye alone looks as far as both did last where there is a ``world_camera``, else
    always at its model's distance (spec: calibration 7.8).
    """

    def __init__(
        self, models: Models3D, matching: Matching, depth: Depth, world_camera: bool = False
    ) -> None:
        self._models = models
        self._matcher = matcher(matching)
        # Where one eye was calibrated alone, a pair would have no model and give no gaze.
        self._pairs = models.both is not None or matching == "pupil-2"
        self._steady = depth == "gazed"
        self._learning = _SMOOTHING if self._steady else float(world_camera)
        self._nearness: float | None = None
        self._lines: dict[int, tuple[Pupil, Line]] = {}

    def gaze(self, pupil: Pupil) -> list[Gaze]:
        """Return the gaze of the match that this 3D datum releases, if any."""
        match = self._matcher.add(pupil) if self._pairs else (pupil,)
        fields = self._mapped(match) if match else None
        if match is None or fields is None:
            return []
        name = "".join(str(one.eye) for one in match)
        return [
            Gaze(
                topic=f"gaze.3d.{name}.",
                timestamp=sum(one.timestamp for one in match) / len(match),
                confidence=sum(one.confidence for one in match) / len(match),
                base=match,
                extra=fields,
            )
        ]

    def _mapped(self, match: Match) -> dict[str, Any] | None:
        return self._binocular(*match) if len(match) == 2 else self._monocular(*match)

    def _binocular(self, right: Pupil, left: Pupil) -> dict[str, Any] | None:
        first, second = self._line(right), self._line(left)
        if first is None or second is None:
            return None
        met = meeting(first, second)
        point = met.in_front if self._steady else negated_behind(met.point)
        if not is_finite(point):
            return None
        if self._learning:
            self._learn_distance(met)
        return {
            "gaze_point_3d": list(point),
            "eye_centers_3d": {"0": list(first.center), "1": list(second.center)},
            "gaze_normals_3d": {"0": list(first.normal), "1": list(second.normal)},
        }

    def _monocular(self, pupil: Pupil) -> dict[str, Any] | None:
        pose = self._models.single[pupil.eye]
        line = pose.line_of(pupil) if pose else None
        if line is None:
            return None
        usual = self._models.distances[pupil.eye]
        point = line.at(usual if self._nearness is None else 1.0 / self._nearness)
        if not is_finite(point):
            return None
        return {
            "gaze_point_3d": list(negated_behind(point)),
            "eye_center_3d": list(line.center),
            "gaze_normal_3d": list(line.normal),
        }

    def _line(self, pupil: Pupil) -> Line | None:
        # Each datum is paired about twice: the older one of a pair is known already.
        known = self._lines.get(pupil.eye)
        if known is not None and known[0] is pupil:
            return known[1]
        poses = self._models.both
        line = poses[pupil.eye].line_of(pupil) if poses else None
        if line is not None:
            self._lines[pupil.eye] = (pupil, line)
        return line

    def _learn_distance(self, met: Meeting) -> None:
        distance = met.distance if met.distance > NEAREST_MM else FARTHEST_MM
        nearness = 1.0 / min(distance, FARTHEST_MM)
        before = nearness if self._nearness is None else self._nearness
        self._nearness = before + self._learning * (nearness - before)
