"""Detectors compared on the same pictures: how right, how sure, how fast."""
