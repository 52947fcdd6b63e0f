"""Recordings of a real service, ended properly and by ``kill -9``.

Three hundred kills at random moments: ``python tests/benchmarks/recording.py kills``.
"""

import shutil
import subprocess
from contextlib import closing, suppress
from pathlib import Path

import pytest
from daemon import MINIMAL
from recording_reader import read_recording
from recording_service import Witness, configuration, install_quick_eye

from gazed import pack
from gazed_plugins.recorder.manifest import Manifest
from gazed_plugins.recorder.repair import mend


@pytest.fixture
def witness(start_daemon, packages, tmp_path):
    """A witness of a service with two eyes and a recorder."""
    install_quick_eye(packages)
    witness = Witness(start_daemon(configuration(tmp_path / "recordings")))
    yield witness
    witness.client.close()


def test_what_a_client_saw_is_recorded_and_a_killed_eye_goes_on_in_a_second_video(witness):
    folder = witness.start()
    witness.watch(1.0)
    witness.kill("eye0")
    witness.client.wait_for("recording.video_started", eye_id=0)
    witness.watch(1.0)
    witness.client.request("r")

    said = witness.client.wait_for("recording.closed")

    read = witness.check(folder)
    assert sorted(read.videos) == ["eye0", "eye0_001", "eye1"]
    first, second = read.videos["eye0"].timestamps, read.videos["eye0_001"].timestamps
    assert first[-1] < second[0]
    assert set(read.intrinsics) == {"eye0", "eye1"}
    assert (said["lost"], said["reason"]) == ({}, "")
    assert Manifest.read(folder).state == "closed"
    assert mend(folder) == []


def test_where_a_recorder_is_killed_its_successor_goes_on_and_repairs_what_it_left(witness):
    folder = witness.start()
    witness.watch(1.5)
    until = witness.kill("Recorder")

    heard = witness.hear(
        "recording.failed",
        "recording.stopped",
        "recording.started",
        "recording.repaired",
        rec_path=f"{folder}/",
    )

    assert "what was recorded until then is kept" in heard["recording.failed"]["reason"]
    witness.check(folder, until)
    assert mend(folder) == []
    started = heard["recording.started"]
    assert started["continues"] == f"{folder}/"
    witness.watch(1.0)
    witness.client.request("r")
    witness.client.wait_for("recording.closed", rec_path=started["rec_path"])
    witness.killed = ""
    witness.check(Path(started["rec_path"]))


def test_when_all_processes_are_killed_at_once_the_recording_is_repaired(witness):
    folder = witness.start()
    witness.watch(1.5)
    until = witness.kill_all()

    mend(folder)

    witness.check(folder, until)
    assert mend(folder) == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mounting, check=False).returncode:
        pytest.skip("only root may mount a small file system here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_on_a_full_disk_the_recording_ends_says_so_and_is_whole(
    start_daemon, packages, small_disk, seconds
):
    install_quick_eye(packages)
    witness = Witness(start_daemon(configuration(small_disk / "recordings")))
    with closing(witness.client):
        folder = witness.start()
        witness.watch(seconds)
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))

        heard = witness.hear("recording.failed", "recording.stopped", "recording.closed")
        findings, read = mend(folder), read_recording(folder)
        filler.unlink()
        again = witness.start()

    assert "the disk is full" in heard["recording.failed"]["reason"]
    assert findings == []
    assert bool(read.data) == (seconds > 0)
    assert again != folder


def test_what_is_sent_right_behind_the_recorders_start_is_recorded(start_daemon, tmp_path):
    daemon = start_daemon(MINIMAL)
    with daemon.client(timeout=30.0) as client:
        client.subscribe("notify.recording.")
        client.start_plugin("Recorder", rec_root_dir=str(tmp_path), stop_free_gb=0.0)
        client.request("R session")
        client.notify("trial", record=True, timestamp=1.0)
        for index in range(20):
            label = {"topic": "annotation", "label": "x", "timestamp": 2.0, "index": index}
            client.request("annotation", pack(label))
        client.request("r")

        said = client.wait_for("recording.closed")

    read = read_recording(Path(said["rec_path"]))
    indexes = [fields["index"] for fields in read.of("annotation")]
    # Until the new process has joined the bus, data go past it; notifications never do.
    assert indexes == list(range(20 - len(indexes), 20))
    assert read.topics("notify") == ["notify.trial"]
