"""From pupil data to gaze data: the pipeline, the 2D mappers and what they are made of."""

from gazed_plugins.gaze.mappers import GazeMapperHMD2D, Gazer2D
from gazed_plugins.gaze.pipeline import GazePipeline

__all__ = ["GazeMapperHMD2D", "GazePipeline", "Gazer2D"]
