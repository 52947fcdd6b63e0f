"""A headset with a wearer in it, both simulated: eye pictures with exact truth."""

from gazed_plugins.simulated_headset.plugin import SimulatedEye
from gazed_plugins.simulated_headset.sequence import sequence
from gazed_plugins.simulated_headset.truth import Truth

__all__ = ["SimulatedEye", "Truth", "sequence"]
