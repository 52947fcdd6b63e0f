"""The mathematics of the 3D calibration: plain functions of arrays, without bus or context."""
