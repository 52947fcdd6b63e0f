"""Many recordings, interrupted ones, broken ones, and a cluster."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from daemon import environment
from simulated_recording import checksums, make_simulated_recording

from gazed import Context, Frame, GazedError, hookimpl
from gazed_plugins.processing import dask_engine, job_for, local_engine, planned, process
from gazed_plugins.processing.plan import starts_of_options
from gazed_plugins.processing.task import Task, work

PLAN = planned(starts_of_options(["Detector_2D"]), "recorded")
LONG = 60.0


class Blocks:
    """Writes down that it starts; in eye 1 it waits for a file before the first frame."""

    def __init__(self, context: Context, folder: str) -> None:
        self._file = f"{folder}/go" if context.eye == 1 else None
        with open(f"{folder}/starts", "a") as starts:  # noqa: PTH123
            starts.write(f"{context.eye}")

    @hookimpl
    def detect_pupil(self, frame: Frame) -> None:
        while self._file and not os.access(self._file, os.F_OK):
            time.sleep(0.01)


class Dies:
    """Takes its process down at the sixth frame."""

    def __init__(self, context: Context) -> None:
        self._seen = 0

    @hookimpl
    def detect_pupil(self, frame: Frame) -> None:
        self._seen += 1
        if self._seen == 6:
            print("no more", flush=True)
            os._exit(7)


class Raises:
    """Fails at the first frame."""

    def __init__(self, context: Context) -> None:
        pass

    @hookimpl
    def detect_pupil(self, frame: Frame) -> None:
        raise RuntimeError("told to")


def test_a_run_that_was_killed_goes_on_where_it_was(short, install, short_path, packages):
    install("Blocks", Blocks, group="gazed.eye")
    notes = short_path / "notes"
    notes.mkdir()
    plugin = f'Blocks={{"folder": "{notes}"}}'
    arguments = [str(short.path), "--plugin", "Detector_2D", "--plugin", plugin]
    first = started([*arguments, "--workers", "2"], short_path, packages)
    (workshop,) = wait_for(lambda: list(short.path.parent.glob(".short-processed.*.partial")))
    wait_for(lambda: (workshop / "eye0.json").is_file() and "1" in (notes / "starts").read_text())
    children = psutil.Process(first.pid).children(recursive=True)

    first.send_signal(signal.SIGKILL)
    first.wait(LONG)

    assert psutil.wait_procs(children, timeout=LONG)[1] == []
    output = short.path.with_name("short-processed")
    assert not output.exists()
    (notes / "go").touch()
    second = started([*arguments, "--workers", "1"], short_path, packages)
    assert second.wait(LONG) == 0
    assert sorted((notes / "starts").read_text()) == ["0", "1", "1"]
    assert (output / "pupil.pldata").is_file()
    assert not workshop.exists()


def test_what_was_begun_with_other_settings_is_not_gone_on_with(short, seen, engine, tmp_path):
    job = job_for(short.path, tmp_path / "result", PLAN)
    other = job_for(short.path, tmp_path / "result", planned([], "recorded"))
    work(Task(other, "eye0"), lambda _: None)

    process([job], engine, seen)

    assert seen.done == 40
    shutil.rmtree(other.workshop)


def test_a_stage_that_is_done_is_not_done_again(short, seen, engine, tmp_path):
    job = job_for(short.path, tmp_path / "result", PLAN)
    work(Task(job, "eye0"), lambda _: None)

    process([job], engine, seen)
    process([job_for(short.path, tmp_path / "result", PLAN)], engine, seen)

    assert seen.done == 20
    assert [outcome.state for outcome in seen.outcomes] == ["done", "there"]


def test_one_that_kills_its_process_takes_no_other_along(
    install, packages, monkeypatch, short, tmp_path, seen
):
    install("Dies", Dies, group="gazed.eye")
    on_the_path(monkeypatch, packages)
    tiny = make_simulated_recording(tmp_path / "tiny", seconds=0.05).path
    plan = planned(starts_of_options(["Dies"]), "none")
    jobs = [
        job_for(path, tmp_path / f"result{number}", plan)
        for number, path in enumerate((tiny, short.path, tiny))
    ]

    with local_engine(1) as engine:
        outcomes = process(jobs, engine, seen)

    assert [outcome.state for outcome in outcomes] == ["done", "failed", "done"]
    assert "code 7: no more" in outcomes[1].reason
    assert [job.output.exists() for job in jobs] == [True, False, True]


def test_a_plugin_that_fails_is_named_with_its_reason(
    install, packages, monkeypatch, tmp_path, short
):
    install("Raises", Raises, group="gazed.eye")
    on_the_path(monkeypatch, packages)
    plan = planned(starts_of_options(["Raises"]), "none")

    with pytest.raises(Exception, match="Raises failed in detect_pupil: RuntimeError: told to"):
        work(Task(job_for(short.path, tmp_path / "result", plan), "eye0"), lambda _: None)


def test_a_recording_of_which_no_picture_can_be_read_is_a_failure(short, engine, seen, tmp_path):
    for eye in (0, 1):
        (short.path / f"eye{eye}.mp4").write_bytes(b"no video")
    job = job_for(short.path, tmp_path / "result", PLAN)

    (outcome,) = process([job], engine, seen)

    assert outcome.state == "failed"
    assert "no picture" in outcome.reason
    assert not job.output.exists()


def test_a_worker_with_other_versions_is_refused(short, tmp_path):
    job = job_for(short.path, tmp_path / "result", PLAN)
    job.versions["numpy"] = "0.1"

    with pytest.raises(Exception, match=r"numpy .* made with 0\.1; install the same"):
        work(Task(job, "eye0"), lambda _: None)


def test_a_cluster_gives_the_same_bytes(short, compute, seen, tmp_path):
    distributed = pytest.importorskip("distributed")
    local = compute(short.path, tmp_path / "local", "Detector_2D")
    job = job_for(short.path, tmp_path / "remote", PLAN)

    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=False,
            protocol="tcp",
            host="127.0.0.1",
            scheduler_port=0,
            dashboard_address=None,
        ) as cluster,
        dask_engine(cluster.scheduler_address, 1) as engine,
    ):
        (outcome,) = process([job], engine, seen)

    assert outcome.state == "done", outcome.reason
    assert checksums(job.output) == checksums(local.path)
    assert seen.done == 40


def test_without_a_scheduler_there_is_a_cluster_with_so_many_workers():
    pytest.importorskip("distributed")

    with dask_engine(None, 3) as engine:
        assert engine.slots == 3


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("gazed_plugins.processing.engines._PATIENCE", "0.3s")

    with (
        pytest.raises(GazedError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1:"),
        dask_engine("tcp://127.0.0.1:1", 1),
    ):
        pass


def started(arguments: list[str], directory: Path, packages: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "gazed", "process", *arguments]
    return subprocess.Popen(command, env=environment(directory, packages))


def wait_for(fact):
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if found := fact():
            return found
        time.sleep(0.01)
    raise AssertionError("it does not come")


def on_the_path(monkeypatch, packages: Path) -> None:
    monkeypatch.syspath_prepend(packages)
    others = filter(None, [os.environ.get("PYTHONPATH")])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(packages), *others]))
