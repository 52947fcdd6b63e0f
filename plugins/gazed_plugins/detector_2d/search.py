"""Find dark discs anywhere in a picture: edges vote for the centres they may go round."""

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.edges import Gray, smoothed
from gazed_plugins.detector_2d.shapes import Floats, Shapes, circles

_RADII = np.array([[2.2], [3.2], [4.6], [6.6], [9.5], [13.6]], np.float32)
_BLURS = (0.8, 1.3, 2.0)
_PEAKS = 2
_MARGIN = 16
_STEEP = 1.2
_MOST_VOTERS = 1200

_SPOKES = 24
_LADDER = (1.3 * 1.2 ** np.arange(14)).astype(np.float32)
_RADII_EACH = 2


def dark_discs(picture: Gray) -> Shapes:
    """Return circles that may be the pupil, in a picture some 80 pixels wide.

    None in a picture without edges, else always the same number of them.
    """
    shade = smoothed(picture)
    votes = _votes(shade)
    if not votes.any():
        return np.zeros((5, 0), np.float32)
    x, y = _centers(votes)
    radius = _radii_at(shade, x, y)
    return circles(x.repeat(_RADII_EACH), y.repeat(_RADII_EACH), radius.ravel())


def _votes(shade: Gray) -> Floats:
    """Return how many edges have each pixel on their dark side, at radii small, medium, large.

    Every edge has one vote at each radius: glints and lids, which are steeper than any
    pupil, have no more to say than others.
    """
    height, width = shade.shape
    high, wide = height + 2 * _MARGIN, width + 2 * _MARGIN
    across, down = (part.astype(np.float32) for part in cv2.spatialGradient(shade))
    slope = cv2.magnitude(across, down)
    place = np.flatnonzero(slope > _STEEP * cv2.mean(slope)[0])
    place = place[:: 1 + len(place) // _MOST_VOTERS]
    y, x = np.divmod(place, width)
    steps = _RADII / slope.ravel()[place]
    cell_x = (x + (_MARGIN + 0.5) - steps * across.ravel()[place]).astype(np.intp)
    cell_y = (y + (_MARGIN + 0.5) - steps * down.ravel()[place]).astype(np.intp)
    cell_y *= wide
    cell_y += cell_x
    cell_y += _bands(high * wide)
    counts = np.bincount(cell_y.ravel(), minlength=len(_BLURS) * high * wide)
    inner = counts.reshape(len(_BLURS), high, wide)[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    return inner.astype(np.float32)


def _bands(cells: int) -> NDArray[np.intp]:
    return (np.arange(len(_RADII)) * len(_BLURS) // len(_RADII) * cells)[:, None]


def _centers(votes: Floats) -> tuple[Floats, Floats]:
    """Return the places with most votes around them, some per band of radii."""
    found = []
    for band, blur in zip(votes, _BLURS, strict=True):
        score = cv2.GaussianBlur(band, (0, 0), blur)
        reach = int(3 * blur)
        for _ in range(_PEAKS):
            _, _, _, (x, y) = cv2.minMaxLoc(score)
            found.append((x, y))
            score[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 0
    x, y = np.array(found, np.float32).T
    return x, y


def _radii_at(shade: Gray, x: Floats, y: Floats) -> Floats:
    """Return for each centre the radii at which most of its surroundings brighten, (K, 2)."""
    levels = np.partition(_surroundings(shade, x, y), _SPOKES * 2 // 5, axis=1)
    usual = levels[:, _SPOKES * 2 // 5].astype(np.float32)
    rise = usual[:, 2:] - usual[:, :-2]
    inner = rise[:, 1:-1]
    inner[(inner < rise[:, :-2]) | (inner < rise[:, 2:])] = -np.inf
    best = np.argsort(-rise, axis=1)[:, :_RADII_EACH]
    return _LADDER[1:-1][best]


def _surroundings(shade: Gray, x: Floats, y: Floats) -> Gray:
    """Return the levels around each centre, (K, spokes, radii)."""
    angle = np.arange(_SPOKES, dtype=np.float32)[:, None] * np.float32(2 * np.pi / _SPOKES)
    across = x[:, None, None] + np.cos(angle) * _LADDER
    down = y[:, None, None] + np.sin(angle) * _LADDER
    rows = (len(x) * _SPOKES, len(_LADDER))
    seen = cv2.remap(
        shade,
        across.reshape(rows),
        down.reshape(rows),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(seen, np.uint8).reshape(len(x), _SPOKES, len(_LADDER))
