"""Recordings computed again: their eye videos through detectors, eye model and calibration."""

from gazed_plugins.processing.compare import Comparison, compared
from gazed_plugins.processing.engines import dask_engine, local_engine, usual_workers
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.job import Job, job_for
from gazed_plugins.processing.plan import Plan, planned
from gazed_plugins.processing.run import Outcome, process

__all__ = [
    "Comparison",
    "Job",
    "Outcome",
    "Plan",
    "ProcessingError",
    "compared",
    "dask_engine",
    "job_for",
    "local_engine",
    "planned",
    "process",
    "usual_workers",
]
