"""One calibration as it is kept, and the file it is kept in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from gazed import Fields, GazedError

FORMAT = "gazed calibration"
FORMAT_VERSION = 1


class CalibrationFileError(GazedError):
    """A calibration cannot be kept, found or read; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """A calibration under a name; each save under the same name has a higher ``version``.

    ``saved`` is the UTC date and time, ISO 8601. ``gazer_class_name`` is the mapper's plugin,
    ``params`` its arguments. ``timestamp`` is the service's clock at the calibration.
    ``quality``, ``headset`` and ``gazed`` (the version that made it) are for the reader.
    """

    name: str
    version: int
    saved: str
    note: str
    gazer_class_name: str
    params: Fields
    timestamp: float
    quality: Fields
    headset: Fields
    gazed: str

    def summary(self) -> Fields:
        """Return all but the parameters, as listings have it."""
        everything = asdict(self)
        del everything["params"]
        return everything

    def to_text(self) -> str:
        """Return the file's text; raise CalibrationFileError for what JSON cannot hold."""
        about = {"format": FORMAT, "format_version": FORMAT_VERSION}
        try:
            return json.dumps({**about, **asdict(self)}, indent=1, allow_nan=False)
        except (ValueError, TypeError) as error:
            raise CalibrationFileError(f"{self.name!r} cannot be written: {error}") from None

    @classmethod
    def from_text(cls, text: str) -> Record:
        """Return the calibration in a file; raise CalibrationFileError saying what is wrong."""
        try:
            content = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise CalibrationFileError(f"it is no JSON: {error}") from None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise CalibrationFileError("it is no calibration of gazed")
        if content.get("format_version") != FORMAT_VERSION:
            found = content.get("format_version")
            raise CalibrationFileError(
                f"its format has version {found}, this gazed reads version {FORMAT_VERSION}"
            )
        return cls(**{entry.name: _checked(content, entry.name) for entry in fields(cls)})


_TYPES: Mapping[str, tuple[type, ...]] = {
    "version": (int,),
    "timestamp": (int, float),
    "params": (dict,),
    "quality": (dict,),
    "headset": (dict,),
}


def _checked(content: Mapping[str, Any], key: str) -> Any:
    if key not in content:
        raise CalibrationFileError(f"{key!r} is missing")
    value = content[key]
    wanted = _TYPES.get(key, (str,))
    if isinstance(value, bool) or not isinstance(value, wanted):
        raise CalibrationFileError(f"{key!r} is {value!r}, not {wanted[0].__name__}")
    return value
