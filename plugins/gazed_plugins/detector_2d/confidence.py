"""How likely an ellipse is the pupil, judged by its evidence."""

import numpy as np

from gazed_plugins.detector_2d.shapes import Floats

# Fitted to "centre within 1 % of the width, area within 25 %" on drawn eyes and on real ones, and
# checked by leaving out one set of pictures at a time. Row and column 0 belong to the constant,
# the others to the columns of ``evidence``; what is below the diagonal is in its mirror image.
_WEIGHTS = np.array(
    [
        [-52.214, 67.849, 0.973, 55.334, -6.553, 30.268, 2.979, 1.689],
        [0.000, 537.969, -10.174, -167.739, -21.237, -55.294, -40.004, -4.696],
        [0.000, 0.000, -0.356, -2.315, -1.283, 0.327, 0.189, -0.040],
        [0.000, 0.000, 0.000, -21.131, -4.314, -16.523, -0.664, -1.129],
        [0.000, 0.000, 0.000, 0.000, -2.568, 2.729, -0.158, -0.478],
        [0.000, 0.000, 0.000, 0.000, 0.000, 1.738, -0.145, -1.823],
        [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.172, 0.154],
        [0.000, 0.000, 0.000, 0.000, 0.000, 0.000, 0.000, -0.125],
    ],
    np.float32,
)

_PROMISE = np.array([-20, 0.7, 2, 0, 6, 2, 0], np.float32)


def confidence(evidence: Floats) -> Floats:
    """Return the probabilities that centre and area are right, (K,), for (K, 7) evidence."""
    known = np.empty((len(evidence), len(_WEIGHTS)), np.float32)
    known[:, 0] = 1
    known[:, 1:] = evidence
    logit = ((known @ _WEIGHTS) * known).sum(1)
    probability: Floats = 1 / (1 + np.exp(-logit.clip(-30, 30)))
    return probability


def promise(evidence: Floats) -> Floats:
    """Return how much a closer look at rough ellipses promises, (K,), for (K, 7) evidence.

    A rough ellipse need not be on its edges yet, so this is more lenient than ``confidence``.
    """
    score: Floats = evidence @ _PROMISE
    return score
