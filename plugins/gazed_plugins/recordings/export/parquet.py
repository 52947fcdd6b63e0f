"""Parquet files, with the tables and columns of the CSV files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gazed import __version__
from gazed_plugins.recordings.arrays import MissingPackageError, numbers
from gazed_plugins.recordings.columns import Kind
from gazed_plugins.recordings.export.folders import new_file
from gazed_plugins.recordings.export.tables import tables
from gazed_plugins.recordings.recording import Recording
from gazed_plugins.recordings.table import Table


def export_parquet(recording: Recording, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write a Parquet file for each key; yield each file and its number of rows when it is done.

    Raises MissingPackageError without pyarrow.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - not everybody has it
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise MissingPackageError("Parquet", "pyarrow") from None
    for table in tables(recording):
        path = folder / f"{table.name}.parquet"
        yield path, _write(pa, pq, recording, table, path)


def _write(pa: Any, pq: Any, recording: Recording, table: Table, path: Path) -> int:
    kinds = {"float": pa.float64(), "int": pa.int64(), "text": pa.string()}
    about = {"recording_uuid": recording.info.uuid, "software": f"gazed {__version__}"}
    schema = pa.schema([(name, kinds[kind]) for name, kind in table.kinds.items()], about)
    written = 0
    with new_file(path) as part, pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for piece in table.pieces():
            arrays = [
                pa.array(_clean(values, kind), kinds[kind])
                for values, kind in zip(piece, table.kinds.values(), strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            written += len(arrays[0])
    return written


def _clean(values: Sequence[Any], kind: Kind) -> Sequence[Any]:
    if kind == "text":
        return [None if value is None else str(value) for value in values]
    return numbers(values, float if kind == "float" else int)
