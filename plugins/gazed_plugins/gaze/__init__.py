"""From pupil data to gaze data: the pipeline, the mappers and what they are made of."""

from gazed_plugins.gaze.mappers import GazeMapperHMD2D, Gazer2D
from gazed_plugins.gaze.mappers_3d import Gazer3D, GazerHMD3D, NeonGazer3D, PosthocGazerHMD3D
from gazed_plugins.gaze.pipeline import GazePipeline
from gazed_plugins.gaze.world_view import WorldView

__all__ = [
    "GazeMapperHMD2D",
    "GazePipeline",
    "Gazer2D",
    "Gazer3D",
    "GazerHMD3D",
    "NeonGazer3D",
    "PosthocGazerHMD3D",
    "WorldView",
]
