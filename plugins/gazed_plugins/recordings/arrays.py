"""Fields of recorded data as numpy arrays and pandas frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gazed import Fields, GazedError
from gazed_plugins.recordings.columns import Kind, at
from gazed_plugins.recordings.table import Table

if TYPE_CHECKING:
    import pandas as pd

_INT64 = 2**63


class MissingPackageError(GazedError):
    """Something is asked for that needs a package of the extra ``export``."""

    def __init__(self, what: str, package: str) -> None:
        super().__init__(f"{what} needs {package}; install it with: pip install 'gazed[export]'")
        self.package = package


def column_of(data: Iterable[Fields | None], name: str) -> NDArray[Any]:
    """Return the field ``name`` of each datum; see ``Data.column`` for shapes."""
    path = name.split(".")
    values = [at(fields, path) if fields else None for fields in data]
    widths = {_width(value) for value in values if value is not None} or {0}
    if len(widths) == 1 and (width := widths.pop()) is not None:
        blank = np.nan if width == 0 else [np.nan] * width
        return np.array([blank if value is None else value for value in values], np.float64)
    objects = np.empty(len(values), object)
    objects[:] = values
    return objects


def numbers(values: Iterable[Any], kind: type[float] | type[int]) -> list[Any]:
    """Return ``values`` with None for everything that is no such number."""
    if kind is float:
        return [float(value) if type(value) in (int, float) else None for value in values]
    return [value if type(value) is int and -_INT64 <= value < _INT64 else None for value in values]


def frame_of(table: Table) -> pd.DataFrame:
    """Return a table as a pandas frame; raise MissingPackageError without pandas."""
    try:
        import pandas as pd  # noqa: PLC0415 - not everybody has it
    except ImportError:
        raise MissingPackageError("frame()", "pandas") from None
    parts: list[list[Any]] = [[_series(pd, (), kind)] for kind in table.kinds.values()]
    for piece in table.pieces():
        for series, values, kind in zip(parts, piece, table.kinds.values(), strict=True):
            series.append(_series(pd, values, kind))
    joined = [pd.concat(series[1:] or series, ignore_index=True) for series in parts]
    return pd.DataFrame(dict(zip(table.kinds, joined, strict=True)))


def _series(pd: Any, values: Sequence[Any], kind: Kind) -> Any:
    if kind == "float":
        return pd.Series(numbers(values, float), dtype="float64")
    if kind == "int":
        whole = numbers(values, int)
        return pd.Series(whole, dtype="Int64" if None in whole else "int64")
    return pd.Series(values, dtype="object")


def _width(value: Any) -> int | None:
    """Return 0 for a number, n for a list of n numbers, None for anything else."""
    if isinstance(value, int | float):
        return 0
    if isinstance(value, list) and value and all(isinstance(e, int | float) for e in value):
        return len(value)
    return None
