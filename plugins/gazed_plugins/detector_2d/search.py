"""Find dark discs anywhere in a picture: gradients vote for the centres they point away from."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.edges import Floats, Gray
from gazed_plugins.detector_2d.shapes import Shapes, circles

_RADII = np.array([2.2, 3.2, 4.6, 6.6, 9.5, 13.6], np.float32)[:, None]
_BANDS = np.array([0, 0, 1, 1, 2, 2])[:, None]
_BLURS = (1.0, 1.6, 2.6)
_PEAKS = 2
_MARGIN = 16
_LADDER = (1.3 * 1.2 ** np.arange(14)).astype(np.float32)
_SPOKES = 24
_RADII_EACH = 2


def dark_discs(picture: Gray) -> Shapes:
    """Return circles that may be the pupil, in a picture some 80 pixels wide."""
    shade = cv2.GaussianBlur(picture, (3, 3), 0)
    x, y = _centers(shade)
    radius = _radii_at(shade, x, y)
    return circles(x.repeat(_RADII_EACH), y.repeat(_RADII_EACH), radius.ravel())


def _centers(shade: Gray) -> tuple[Floats, Floats]:
    height, width = shade.shape
    votes = _votes(shade)
    darkness = _darkness(shade)
    found = []
    for band, blur in zip(votes, _BLURS, strict=True):
        score = cv2.GaussianBlur(band, (0, 0), blur)
        score *= darkness
        reach = int(2 * blur) + 1
        for _ in range(_PEAKS):
            _, _, _, (x, y) = cv2.minMaxLoc(score)
            found.append((x, y))
            score[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 0
    x, y = np.array(found, np.float32).T
    return x, y


def _votes(shade: Gray) -> Floats:
    """Return how many edges see each pixel as their centre, per band of radii."""
    height, width = shade.shape
    full_width, full_height = width + 2 * _MARGIN, height + 2 * _MARGIN
    across, down = cv2.spatialGradient(shade)
    across, down = across.astype(np.float32), down.astype(np.float32)
    slope = cv2.magnitude(across, down)
    usual = cv2.mean(slope)[0]
    place = np.flatnonzero(slope > usual)
    steep = slope.ravel()[place]
    y, x = np.divmod(place, width)
    ny, nx = down.ravel()[place] / steep, across.ravel()[place] / steep
    cell = np.rint((y + _MARGIN) - _RADII * ny) * full_width + np.rint((x + _MARGIN) - _RADII * nx)
    cell += _BANDS * (full_width * full_height)
    say = np.minimum(steep, 4 * usual) / _RADII
    votes = np.bincount(
        cell.astype(np.intp).ravel(), say.ravel(), len(_BLURS) * full_width * full_height
    )
    inner = votes.reshape(len(_BLURS), full_height, full_width)
    return inner[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN].astype(np.float32)


def _darkness(shade: Gray) -> Floats:
    level = cv2.blur(shade, (3, 3))
    ordered = np.sort(level.ravel()[::3])
    dark, bright = float(ordered[len(ordered) // 100]), float(ordered[len(ordered) * 6 // 10])
    return np.maximum(bright + 10 - level.astype(np.float32), 0) / (bright - dark + 11)


def _radii_at(shade: Gray, x: Floats, y: Floats) -> Floats:
    """Return for each centre the radii at which the picture brightens most, (K, 2)."""
    angle = np.arange(_SPOKES) * (2 * np.pi / _SPOKES)
    across = x[:, None, None] + np.cos(angle)[:, None] * _LADDER
    down = y[:, None, None] + np.sin(angle)[:, None] * _LADDER
    rows, steps = len(x) * _SPOKES, len(_LADDER)
    seen = cv2.remap(
        shade,
        across.reshape(rows, steps).astype(np.float32),
        down.reshape(rows, steps).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    mean = seen.reshape(len(x), _SPOKES, steps).mean(1, dtype=np.float32)
    rise = mean[:, 2:] - mean[:, :-2]
    peak = rise.copy()
    peak[:, 1:-1][(rise[:, 1:-1] < rise[:, :-2]) | (rise[:, 1:-1] < rise[:, 2:])] = -1e3
    best = np.argsort(-peak, axis=1)[:, :_RADII_EACH]
    return _LADDER[1:-1][best]
