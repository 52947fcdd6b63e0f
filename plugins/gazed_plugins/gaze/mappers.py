"""The mappers that turn 2D pupil data into gaze with ready parameters."""

from __future__ import annotations

from typing import Annotated, Any

from gazed import Arg, Context, Gaze, PluginError, Pupil, hookimpl
from gazed_plugins.gaze.matching import Match, Matching, matcher
from gazed_plugins.gaze.models import EyePolynomial, LinearModel
from gazed_plugins.gaze.polynomial import GAZER_2D_TERMS, gazer_2d_terms

Model = dict[str, Any] | None
Params = list[Any] | None


class Gazer2D:
    """Map both eyes together, each alone where the other is missing (spec: calibration 6).

    The models are those of a ``calibration.result.v2``: ``{coef_: 2 x n, intercept_: 2}``
    with n = 6 for one eye and 12 for both, left eye first; an empty map was not fitted and
    gives no gaze. ``params`` takes all three in one map, as Pupil Capture's clients send them.
    ``matching`` is ``latest`` (each pupil datum gives gaze at once) or ``pupil-2``.
    """

    role = "gaze_mapper"

    def __init__(
        self,
        context: Context,
        left_model: Annotated[Model, Arg(text="model of eye 1")] = None,
        right_model: Annotated[Model, Arg(text="model of eye 0")] = None,
        binocular_model: Annotated[Model, Arg(text="model of both eyes")] = None,
        params: Annotated[dict[str, Model] | None, Arg(text="the three models in one map")] = None,
        matching: Annotated[Matching, Arg(text="how the eyes' data are paired")] = "latest",
    ) -> None:
        given: dict[str, Model] = params or {
            "left_model": left_model,
            "right_model": right_model,
            "binocular_model": binocular_model,
        }
        right = LinearModel.from_wire("right_model", given, GAZER_2D_TERMS)
        left = LinearModel.from_wire("left_model", given, GAZER_2D_TERMS)
        self._single = (right, left)
        self._binocular = LinearModel.from_wire("binocular_model", given, 2 * GAZER_2D_TERMS)
        if not (right or left or self._binocular):
            raise PluginError(f"{context.name} has no model; start it with a calibration's params")
        self._matcher = matcher(matching)

    @hookimpl
    def map_gaze(self, pupil: Pupil) -> list[Gaze] | None:
        """Map the match that this datum releases, if any."""
        if not _is_2d(pupil):
            return None
        match = self._matcher.add(pupil)
        return self._mapped(match) if match else []

    def _mapped(self, match: Match) -> list[Gaze]:
        model = self._binocular if len(match) == 2 else self._single[match[0].eye]
        left_first = reversed(match)
        terms = [term for pupil in left_first for term in gazer_2d_terms(*pupil.norm_pos)]
        norm_pos = model.at(terms) if model else None
        if norm_pos is None:
            return []
        name = "".join(str(pupil.eye) for pupil in match)
        return [
            Gaze(
                topic=f"gaze.2d.{name}.",
                timestamp=sum(pupil.timestamp for pupil in match) / len(match),
                confidence=sum(pupil.confidence for pupil in match) / len(match),
                base=match,
                norm_pos=norm_pos,
            )
        ]


class GazeMapperHMD2D:
    """Map each eye on its own into its display, with a polynomial (spec: calibration 10).

    ``params0`` and ``params1`` are ``[7 weights for x, 7 weights for y, 7]`` for the terms
    x, y, x^2, y^2, xy, x^2 y^2, 1; an eye without them gives no gaze.
    """

    role = "gaze_mapper"

    def __init__(
        self,
        context: Context,
        params0: Annotated[Params, Arg(text="polynomial of eye 0")] = None,
        params1: Annotated[Params, Arg(text="polynomial of eye 1")] = None,
    ) -> None:
        right = EyePolynomial.from_wire("params0", params0)
        left = EyePolynomial.from_wire("params1", params1)
        if not (right or left):
            raise PluginError(f"{context.name} has no parameters; give params0, params1 or both")
        self._models = (right, left)

    @hookimpl
    def map_gaze(self, pupil: Pupil) -> list[Gaze] | None:
        """Map one eye's datum with that eye's polynomial."""
        if not _is_2d(pupil):
            return None
        model = self._models[pupil.eye]
        norm_pos = model.at(*pupil.norm_pos) if model else None
        if norm_pos is None:
            return []
        return [
            Gaze(
                topic=f"gaze.2d.{pupil.eye}.",
                timestamp=pupil.timestamp,
                confidence=pupil.confidence,
                base=(pupil,),
                norm_pos=norm_pos,
                extra={"id": pupil.eye},
            )
        ]


def _is_2d(pupil: Pupil) -> bool:
    return "2d" in pupil.method
