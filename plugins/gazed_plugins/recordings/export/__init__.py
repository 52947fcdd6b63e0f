"""Recordings as files that other programs read: CSV, Parquet, BIDS."""

from gazed_plugins.recordings.export.bids import Labels, export_bids
from gazed_plugins.recordings.export.csv_files import export_csv
from gazed_plugins.recordings.export.folders import ExportError, next_export
from gazed_plugins.recordings.export.parquet import export_parquet

__all__ = ["ExportError", "Labels", "export_bids", "export_csv", "export_parquet", "next_export"]
