"""Follow ellipses with pye3d, in an interpreter of its own: ``eye_model.py`` calls this.

``python eye_model_pye3d.py GIVEN.npz ANSWER.npz``; imports nothing of gazed.
"""

import sys
import time

import numpy as np
from pye3d.detector_3d import CameraModel, Detector3D, DetectorMode


def main(given_file: str, answer_file: str) -> None:
    """Read timestamps, confidences and ellipses (K, 5); write what pye3d says of each."""
    given = np.load(given_file)
    size = int(given["size"])
    camera = CameraModel(focal_length=float(given["focal_length"]), resolution=(size, size))
    detector = Detector3D(camera=camera, long_term_mode=DetectorMode.blocking)
    gray, costs, answers = np.zeros((size, size), np.uint8), [], []
    columns = (given["timestamps"], given["confidences"], given["ellipses"])
    for timestamp, confidence, ellipse in zip(*columns, strict=True):
        datum = as_datum(float(timestamp), float(confidence), ellipse.tolist())
        began = time.thread_time_ns()
        answers.append(detector.update_and_detect(datum, gray))
        costs.append((time.thread_time_ns() - began) / 1000)
    np.savez(
        answer_file,
        microseconds=costs,
        normals=[answer["circle_3d"]["normal"] for answer in answers],
        radii_mm=[answer["circle_3d"]["radius"] for answer in answers],
        centers=[answer["sphere"]["center"] for answer in answers],
    )


def as_datum(timestamp: float, confidence: float, ellipse: list[float]) -> dict[str, object]:
    """Return a 2D datum as pye3d reads it."""
    x, y, minor, major, angle = ellipse
    return {
        "timestamp": timestamp,
        "confidence": confidence,
        "location": (x, y),
        "diameter": major,
        "ellipse": {"center": (x, y), "axes": (minor, major), "angle": angle},
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
