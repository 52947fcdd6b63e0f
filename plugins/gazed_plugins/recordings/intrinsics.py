"""What a camera's ``.intrinsics`` file says of its lens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.recordings.problems import Problems


@dataclass(frozen=True, slots=True, eq=False)
class Intrinsics:
    """A camera at one resolution: ``camera_matrix`` 3x3 in pixels, ``dist_coefs`` flat.

    ``cam_type`` is ``radial``, ``fisheye`` or ``dummy``.
    """

    width: int
    height: int
    camera_matrix: NDArray[np.float64]
    dist_coefs: NDArray[np.float64]
    cam_type: str

    @property
    def focal_length_px(self) -> float:
        """The mean of fx and fy, in pixels."""
        return float(self.camera_matrix[0, 0] + self.camera_matrix[1, 1]) / 2.0


def read_intrinsics(path: Path, problems: Problems) -> tuple[Intrinsics, ...]:
    """Return one entry per resolution; none without the file, or, with a sentence, when damaged."""
    try:
        fields = msgpack.unpackb(path.read_bytes(), raw=False, strict_map_key=False)
        return tuple(_entry(value) for key, value in fields.items() if key != "version")
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        problems.add(f"{path.name}: is damaged ({type(error).__name__}: {error})")
    return ()


def _entry(fields: Any) -> Intrinsics:
    width, height = fields["resolution"]
    return Intrinsics(
        width=int(width),
        height=int(height),
        camera_matrix=np.asarray(fields["camera_matrix"], np.float64).reshape(3, 3),
        dist_coefs=np.asarray(fields["dist_coefs"], np.float64).ravel(),
        cam_type=str(fields.get("cam_type", "radial")),
    )
