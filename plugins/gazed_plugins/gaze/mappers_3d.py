"""The mappers that turn 3D pupil data into gaze."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from gazed import Arg, Context, Fields, Gaze, MessageError, PluginError, Pupil, hookimpl
from gazed_plugins.gaze.mapping_3d import Depth, Mapping3D
from gazed_plugins.gaze.matching import Matching
from gazed_plugins.gaze.models_3d import Models3D
from gazed_plugins.gaze.own_fit import OwnFit, Row
from gazed_plugins.gaze.view import View
from gazed_plugins.hmd_calibration.references import targets_of
from gazed_plugins.hmd_calibration.start import vector

Model = dict[str, Any] | None
Fit = Literal["gazed", "pupil-3"]
Vector = tuple[float, float, float]
RowOf = Callable[[Mapping[str, Any]], Row]

_HMD_FIT = "gazed_plugins.hmd_calibration.fit_3d"
_WORLD_FIT = "gazed_plugins.calibration_3d.world_fit"
_CONFIDENCE = 0.8
_POSTHOC_TRANSLATIONS = ((33.35, 0.0, 0.0), (-33.35, 0.0, 0.0))
_NO_TRANSLATIONS = "{} can only be calibrated if it is initialised with valid eye translations."

Left = Annotated[Model, Arg(text="model of eye 1")]
Right = Annotated[Model, Arg(text="model of eye 0")]
Both = Annotated[Model, Arg(text="model of both eyes")]
All = Annotated[dict[str, Model] | None, Arg(text="the three models in one map")]
Data = Annotated[dict[str, Any] | None, Arg(text="ref_list and pupil_list to fit first")]
Pairing = Annotated[Matching, Arg(text="how the eyes' data are paired")]
Doubt = Annotated[Depth, Arg(text="what to do where vergence says nothing")]


class _Mapper3D:
    """What all 3D mappers do; gaze begins when there are models."""

    role = "gaze_mapper"
    world_camera = False

    def __init__(self, context: Context, matching: Matching, depth: Depth) -> None:
        self._context = context
        self._matching, self._depth = matching, depth
        self._mapping: Mapping3D | None = None
        self._own: OwnFit | None = None

    def close(self) -> None:
        """End a fit under way."""
        if self._own:
            self._own.stop()

    @hookimpl
    def map_gaze(self, pupil: Pupil) -> list[Gaze] | None:
        """Map the match that this datum releases, if any."""
        if self._mapping is None or "3d" not in pupil.method:
            return None
        return self._mapping.gaze(pupil)

    def _map_with(self, params: Mapping[str, Any]) -> None:
        models = Models3D.from_wire(params)
        if models.empty:
            name = self._context.name
            raise PluginError(f"{name} has no model; start it with a calibration's params")
        self._mapping = Mapping3D(models, self._matching, self._depth, self.world_camera)

    def _fit_first(
        self, data: Mapping[str, Any], row_of: RowOf, module: str, settings: Fields
    ) -> None:
        self._own = OwnFit(self._context, data, row_of, self._map_with)
        self._own.begin(module, {"confidence": _CONFIDENCE, **settings})


class GazerHMD3D(_Mapper3D):
    """Map 3D pupil data of a headset's wearer (spec: calibration 7).

    The models are those of a ``calibration.result.v2``: ``{eye_camera_to_world_matrix: 4 x 4,
    gaze_distance}`` for one eye, ``{eye_camera_to_world_matrix0, ...1}`` for both; an empty map
    was not fitted and gives no gaze. With ``calib_data`` and ``eye_translations`` they are
    fitted first, and gaze begins with the result. Points, in mm, are in the headset's frame
    with y down. ``matching`` and ``depth`` are ours, or ``pupil-2`` and ``pupil-3``.
    """

    def __init__(  # noqa: PLR0913  (one parameter is one argument of start_plugin)
        self,
        context: Context,
        *,
        left_model: Left = None,
        right_model: Right = None,
        binocular_model: Both = None,
        params: All = None,
        calib_data: Data = None,
        eye_translations: Annotated[
            tuple[Vector, Vector] | None, Arg("mm", text="of eyes 0 and 1, for a fit")
        ] = None,
        fit: Annotated[Fit, Arg(text="of calib_data: ours, or that of Pupil 3")] = "gazed",
        matching: Pairing = "latest",
        depth: Doubt = "gazed",
    ) -> None:
        super().__init__(context, matching, depth)
        if calib_data is None:
            self._map_with(params or _given(left_model, right_model, binocular_model))
        elif eye_translations is None:
            raise PluginError(_NO_TRANSLATIONS.format(context.name))
        else:
            settings = {"translations": eye_translations, "parity": fit == "pupil-3"}
            self._fit_first(calib_data, self._target, _HMD_FIT, settings)

    @staticmethod
    def _target(entry: Mapping[str, Any]) -> Row:
        """Return (eye or -1, timestamp, x, y, z) of a reference in the client's frame, y up."""
        target = targets_of(entry).get("mm_pos")
        if target is None:
            raise MessageError("the reference has no mm_pos")
        return target


class PosthocGazerHMD3D(GazerHMD3D):
    """The same for recordings, whose references have y down (spec: calibration 1)."""

    def __init__(
        self,
        context: Context,
        *,
        left_model: Left = None,
        right_model: Right = None,
        binocular_model: Both = None,
        params: All = None,
        calib_data: Data = None,
        eye_translations: Annotated[
            tuple[Vector, Vector], Arg("mm", text="of eyes 0 and 1, for a fit")
        ] = _POSTHOC_TRANSLATIONS,
    ) -> None:
        models = params or _given(left_model, right_model, binocular_model)
        super().__init__(
            context, params=models, calib_data=calib_data, eye_translations=eye_translations
        )

    @staticmethod
    def _target(entry: Mapping[str, Any]) -> Row:
        eye, timestamp, x, y, z = GazerHMD3D._target(entry)
        return (eye, timestamp, x, -y, z)


class Gazer3D(_Mapper3D):
    """Map 3D pupil data into the frame of a world camera (spec: calibration 7).

    The models are as those of GazerHMD3D. With ``calib_data``, whose references have
    ``screen_pos`` in the pixels of ``world_camera`` {width, height, projection_matrix,
    distortion_coeffs}, they are fitted first, as Pupil 3 does.
    """

    world_camera = True
    eye_positions: tuple[Vector, Vector] = ((20.0, 15.0, -20.0), (-40.0, 15.0, -20.0))

    def __init__(  # noqa: PLR0913  (one parameter is one argument of start_plugin)
        self,
        context: Context,
        *,
        left_model: Left = None,
        right_model: Right = None,
        binocular_model: Both = None,
        params: All = None,
        calib_data: Data = None,
        world_camera: Annotated[
            dict[str, Any] | None, Arg(text="the intrinsics, for a fit of calib_data")
        ] = None,
        matching: Pairing = "latest",
        depth: Doubt = "gazed",
    ) -> None:
        super().__init__(context, matching, depth)
        if calib_data is None:
            self._map_with(params or _given(left_model, right_model, binocular_model))
        else:
            view = View.from_wire(world_camera or {}).to_wire()
            settings = {"camera": view, "positions": self.eye_positions}
            self._fit_first(calib_data, _pixel, _WORLD_FIT, settings)


class NeonGazer3D(Gazer3D):
    """The same for eyes as they are in a Neon frame."""

    eye_positions = ((30.0, 5.0, -10.0), (-30.0, 5.0, -10.0))


def _given(left: Model, right: Model, both: Model) -> dict[str, Model]:
    return {"left_model": left, "right_model": right, "binocular_model": both}


def _pixel(entry: Mapping[str, Any]) -> Row:
    """Return (timestamp, x, y) of a reference in a world camera's pixels."""
    when = vector([entry.get("timestamp")], 1, "timestamp")
    return (*when, *vector(entry.get("screen_pos"), 2, "screen_pos"))
