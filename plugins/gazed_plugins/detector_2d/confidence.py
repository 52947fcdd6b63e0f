"""How likely an ellipse is the pupil: a logistic model of its evidence."""

import numpy as np

from gazed_plugins.detector_2d.shapes import Floats

# Fitted to "centre within 1 % of the width, area within 25 %" on drawn eyes and on real ones, and
# checked by leaving out one set of pictures at a time. Row and column 0 belong to the constant,
# the others to the columns of ``evidence``; what is below the diagonal is in its mirror image.
_WEIGHTS = np.array(
    [
        [-49.208, 68.064, 0.711, 54.000, -5.870, 26.979, 4.539, 1.540],
        [0.000, 490.390, -8.906, -155.621, -20.568, -62.900, -44.066, -5.732],
        [0.000, 0.000, -0.338, -2.438, -1.259, 0.764, 0.231, -0.067],
        [0.000, 0.000, 0.000, -18.471, -2.173, -13.206, -0.664, -1.095],
        [0.000, 0.000, 0.000, 0.000, -2.065, 3.080, 0.012, -0.551],
        [0.000, 0.000, 0.000, 0.000, 0.000, 1.508, -1.117, -1.408],
        [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.280, 0.073],
        [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000, -0.180],
    ],
    np.float32,
)


def confidence(evidence: Floats) -> Floats:
    """Return the probabilities that centre and area are right, (K,), for (K, 7) evidence."""
    known = np.empty((len(evidence), len(_WEIGHTS)), np.float32)
    known[:, 0] = 1
    known[:, 1:] = evidence
    logit = ((known @ _WEIGHTS) * known).sum(1)
    probability: Floats = 1 / (1 + np.exp(-logit.clip(-30, 30)))
    return probability
