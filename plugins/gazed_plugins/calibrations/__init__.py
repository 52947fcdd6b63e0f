"""Calibrations kept as named, versioned files."""

from gazed_plugins.calibrations.plugin import Calibrations

__all__ = ["Calibrations"]
