"""What speaks for and against an ellipse being the pupil, as a few numbers."""

import cv2
import numpy as np

from gazed_plugins.detector_2d.edges import SPAN, Edges, Floats, Gray, outline
from gazed_plugins.detector_2d.fit import Fit
from gazed_plugins.detector_2d.shapes import half_axes

NAMES = (
    "support",
    "resid",
    "logcon",
    "aspect",
    "dark",
    "bright",
    "oct2",
    "oct4",
    "level",
    "size",
    "cons",
    "lowout",
    "highin",
    "glint",
)
_DEPTHS = np.array([0.25, 0.5, 0.75], np.float32)

def evidence(picture: Gray, edges: Edges, fit: Fit, darkest: float, width: float) -> Floats:
    inside, outside = _rims(edges, fit)
    count = inside.shape[1]
    difference = outside - inside
    inside.sort(1)
    outside.sort(1)
    pupil, iris = inside[:, count // 2], outside[:, count // 2]
    contrast = np.maximum(iris - pupil, 1)
    cons = (difference / contrast[:, None]).clip(0, 1).mean(1)
    a, b = half_axes(fit.shapes)
    inner = _interior(picture, fit)
    n = inner.shape[1]
    dark = (pupil - inner[:, n // 8]) / contrast
    bright = (inner[:, n * 6 // 8] - pupil) / contrast
    octants = fit.weight.reshape(len(pupil), 8, -1).mean(2)
    octants.sort(1)
    weight = fit.weight.sum(1)
    resid = np.sqrt((fit.weight * fit.residual**2).sum(1) / (weight + 1e-3)) / edges.size
    level = (pupil - darkest) / contrast
    lowout = (outside[:, count // 8] - pupil) / contrast
    highin = (inside[:, count * 7 // 8] - pupil) / contrast
    glint = (outside[:, count * 7 // 8] - pupil) / contrast
    return np.stack(
        [
            weight / count,
            np.minimum(resid, 0.2),
            np.log(contrast),
            b / np.maximum(a, 1e-3),
            dark.clip(-1, 2),
            bright.clip(-1, 2),
            octants[:, 2],
            octants[:, 4],
            level.clip(-1, 4),
            np.log(np.maximum(a, 0.1) / width),
            cons,
            lowout.clip(-1, 2),
            highin.clip(-1, 2),
            glint.clip(0, 4),
        ],
        1,
    )


def _rims(edges: Edges, fit: Fit) -> tuple[Floats, Floats]:
    """Return the gray levels just inside and just outside the fitted outlines, (K, N)."""
    shapes, normals, samples = edges.levels.shape
    half = samples // 2
    place = np.rint(fit.moved / edges.step[:, None]).astype(np.intp)
    place += half - SPAN // 2 - 1
    place.clip(0, samples - SPAN - 1, out=place)
    place += np.arange(0, shapes * normals * samples, samples).reshape(shapes, normals)
    flat = edges.levels.ravel()
    return flat[place], flat[place + SPAN]


def _interior(picture: Gray, fit: Fit) -> Floats:
    points, _ = outline(fit.shapes, 24)
    centers = fit.shapes[:2, :, None]
    places = (points[:, :, 1:-1] - centers)[:, :, None] * _DEPTHS[:, None] + centers[..., None]
    flat = places.reshape(2, fit.shapes.shape[1], -1)
    seen = cv2.remap(
        picture, flat[0], flat[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    seen.sort(1)
    return seen.astype(np.float32)
