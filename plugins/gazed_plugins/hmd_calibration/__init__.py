"""Calibration of a head-mounted display: collect, fit, start the mapper."""

from gazed_plugins.hmd_calibration.mapper_start import MapperStart
from gazed_plugins.hmd_calibration.plugin import HMDCalibration

__all__ = ["HMDCalibration", "MapperStart"]
