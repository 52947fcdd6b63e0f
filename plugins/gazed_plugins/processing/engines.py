"""Where tasks are done: in processes of this machine, or on a Dask cluster."""

from __future__ import annotations

import os
import queue
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any, Protocol

from gazed import GazedError
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.task import Task
from gazed_plugins.processing.worker import Said, Worker

_PATIENCE = "20s"


class Engine(Protocol):
    """Does tasks side by side."""

    @property
    def slots(self) -> int:
        """How many tasks can be under way at once, now."""

    def submit(self, task: Task, said: Said) -> Future[None]:
        """Have a task done; ``said`` may be called from any thread."""


class LocalEngine:
    """One process a worker on this machine."""

    def __init__(self, workers: int) -> None:
        self.slots = workers
        self._idle: queue.SimpleQueue[Worker] = queue.SimpleQueue()
        self._workers = [Worker() for _ in range(workers)]
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers, "processing")

    def submit(self, task: Task, said: Said) -> Future[None]:
        """Have a task done by the next worker that is free."""
        return self._threads.submit(self._work, task, said)

    def close(self) -> None:
        """End all workers, also those at work."""
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown(cancel_futures=True)
        for worker in self._workers:
            worker.close()

    def _work(self, task: Task, said: Said) -> None:
        worker = self._idle.get()
        try:
            worker.run(task, said)
        finally:
            self._idle.put(worker)


class DaskEngine:
    """The workers of a Dask cluster; each task has a process of its own there.

    All machines see the recordings and their results under the same paths and have the same
    gazed installed.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor = client.get_executor(pure=False, retries=0)

    @property
    def slots(self) -> int:
        """One for each thread of the cluster; at least one, while it has no workers yet."""
        return max(1, sum(map(int, self._client.nthreads().values())))

    def submit(self, task: Task, said: Said) -> Future[None]:
        """Have a task done somewhere; ``said`` is called when it is done."""
        future: Future[list[tuple[str, Any]]] = self._executor.submit(run_remotely, task.to_json())
        done: Future[None] = Future()
        future.add_done_callback(lambda finished: _hand_over(finished, said, done))
        return done


def run_remotely(task: dict[str, Any]) -> list[tuple[str, Any]]:
    """Do a task in a process of its own; return what was told of it."""
    told: list[tuple[str, Any]] = []
    worker = Worker()
    try:
        worker.run(Task.from_json(task), lambda kind, value: told.append((kind, value)))
    finally:
        worker.close()
    return told


def usual_workers() -> int:
    """Return how many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local_engine(workers: int) -> Iterator[LocalEngine]:
    """Yield workers on this machine; they have ended afterwards."""
    engine = LocalEngine(workers)
    try:
        yield engine
    finally:
        engine.close()


@contextmanager
def dask_engine(scheduler: str | None, workers: int) -> Iterator[DaskEngine]:
    """Yield the cluster whose scheduler is at an address; without one, a cluster made for this.

    Raises GazedError when Dask is not installed or no scheduler answers.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError:
        raise GazedError("Dask is not installed; install it: pip install 'gazed[dask]'") from None
    with ExitStack() as stack:
        address = scheduler or stack.enter_context(_own_cluster(dask, workers))
        try:
            client = stack.enter_context(dask.Client(address, timeout=_PATIENCE))
        except (OSError, ValueError) as error:
            raise GazedError(f"no Dask scheduler answers at {address}: {error}") from None
        yield DaskEngine(client)


def _own_cluster(dask: Any, workers: int) -> Any:
    # Each task has a process of its own anyway.
    return dask.LocalCluster(
        n_workers=1, threads_per_worker=workers, processes=False, dashboard_address=None
    )


def _hand_over(finished: Future[list[tuple[str, Any]]], said: Said, done: Future[None]) -> None:
    if finished.cancelled():
        done.set_exception(ProcessingError("the cluster gave it up; is its scheduler there?"))
        return
    error = finished.exception()
    if error is not None:
        done.set_exception(error)
        return
    for kind, value in finished.result():
        said(kind, value)
    done.set_result(None)
