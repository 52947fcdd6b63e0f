"""The recorder on a bus: what clients ask for, what they hear, and what is in the files."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from recorded import FullDisk, GatedDisk, Scenario, datum
from recording_reader import read_recording

from gazed import pack
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.folder import Folder, Owner, owner_of
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.manifest import Manifest


def folder_of(said):
    return Path(said["rec_path"])


def test_a_recording_is_announced_as_clients_know_it(bench, record, tmp_path):
    record()

    bench.say("recording.should_start", session_name="subject_7", record_eye=False)
    started = bench.wait_for("recording.started")
    bench.say("recording.should_stop")
    stopped = bench.wait_for("recording.stopped")

    path = f"{tmp_path}/recordings/subject_7/000/"
    assert started["rec_path"] == stopped["rec_path"] == path
    assert (started["session_name"], started["record_eye"]) == ("subject_7", False)
    assert started["compression"] is True
    assert started["start_time_synced"] <= bench.clock.now()
    assert bench.wait_for("recording.closed")["rec_path"] == path


def test_every_datum_is_in_the_file_in_order_and_once(bench, record):
    record()
    bench.datum("pupil.0.2d", index=-1)
    bench.say("recording.should_start", session_name="s")
    for index in range(500):
        bench.datum("pupil.0.2d", index=index)
        bench.datum("gaze.2d.0.", index=index)
        bench.datum("annotation", label="x", index=index)
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    read = read_recording(folder_of(said))
    for topic in ("pupil.0.2d", "gaze.2d.0.", "annotation"):
        assert [fields["index"] for fields in read.of(topic)] == list(range(500))
    manifest = Manifest.read(folder_of(said))
    assert (manifest.state, manifest.lost, manifest.gaps) == ("closed", {}, [])
    assert {topic: extent.count for topic, extent in manifest.streams.items()} == {
        "pupil.0.2d": 500,
        "gaze.2d.0.": 500,
        "annotation": 500,
    }


def test_what_was_published_before_the_stop_may_come_after_it(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")
    bench.say("recording.should_stop")
    now = bench.clock.now()
    bench.datum("pupil.0.2d", now - 0.001, index=0)

    said = bench.wait_for("recording.closed")

    assert len(read_recording(folder_of(said)).of("pupil.0.2d")) == 1


def test_notifications_that_ask_for_it_are_recorded(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    bench.say("trial.started", record=True, timestamp=5.5, number=3)
    bench.say("trial.hidden", timestamp=6.5)
    bench.say("trial.late", record=True)
    bench.say("recording.should_stop", record=True, timestamp=7.5)

    read = read_recording(folder_of(bench.wait_for("recording.closed")))

    assert read.topics("notify") == [
        "notify.trial.started",
        "notify.trial.late",
        "notify.recording.should_stop",
    ]
    trial = read.of("notify.trial.started")[0]
    assert (trial["timestamp"], trial["number"]) == (5.5, 3)
    assert trial["topic"] == "notify.trial.started"
    assert abs(read.of("notify.trial.late")[0]["timestamp"] - bench.clock.now()) < 60


def test_the_last_calibration_comes_first(bench, record):
    record()
    stamp = {"gazer_class_name": "Gazer2D", "timestamp": 1.0, "record": True, "version": 2}
    for params in ({"old": 1}, {"new": 2}):
        bench.say("calibration.setup.v2", **stamp, calib_data={})
        bench.say("calibration.result.v2", **stamp, params=params, topic="notify.x")
    bench.say("recording.should_start", session_name="s")
    bench.say("trial", record=True, timestamp=2.0)
    bench.say("recording.should_stop")

    read = read_recording(folder_of(bench.wait_for("recording.closed")))

    assert read.topics("notify") == [
        "notify.calibration.setup.v2",
        "notify.calibration.result.v2",
        "notify.trial",
    ]
    assert read.of("notify.calibration.result.v2")[0]["params"] == {"new": 2}


def test_topics_are_chosen_and_eye_pictures_never_recorded(bench, record):
    record(topics=["annotation", "my_sensor", "frame"])
    bench.say("recording.should_start", session_name="s")
    for topic in ("annotation", "my_sensor.left", "frame.eye.0", "pupil.0.2d"):
        bench.datum(topic)
    bench.say("recording.should_stop")

    read = read_recording(folder_of(bench.wait_for("recording.closed")))

    assert sorted(read.data) == ["annotation", "my_sensor"]
    assert Manifest.read(folder_of(bench.notifications[-1].fields)).lost == {"frame.eye.0": 1}


def test_what_is_no_datum_is_counted_and_harms_nothing(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    bench.bus.send([b"pupil.0.2d", b"\xc1 not msgpack"])
    bench.bus.send([b"pupil.0.2d"])
    bench.bus.send([b"\xff\xfe", b"x"])
    bench.datum("pupil.0.2d")
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    assert len(read_recording(folder_of(said)).of("pupil.0.2d")) == 1
    assert said["lost"] == {"pupil.0.2d": 1}


def test_recordings_follow_each_other_without_waiting(bench, record):
    record()
    for index in range(3):
        bench.say("recording.should_start", session_name="s")
        bench.datum("annotation", label="x", index=index)
        bench.say("recording.should_stop")

    folders = [folder_of(bench.wait_for("recording.closed")) for _ in range(3)]

    assert sorted(folder.name for folder in folders) == ["000", "001", "002"]
    for index, folder in enumerate(sorted(folders)):
        assert [fields["index"] for fields in read_recording(folder).of("annotation")] == [index]


def test_a_second_start_changes_nothing(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")
    bench.say("recording.should_start", session_name="other")
    bench.say("recording.should_stop")

    bench.wait_for("recording.stopped")

    assert bench.subjects("recording.started") == ["recording.started"]


def test_a_bare_start_keeps_the_last_name(bench, record):
    record(session_name="study")
    names = []
    for name in ("", "other", ""):
        bench.say("recording.should_start", session_name=name)
        names.append(bench.wait_for("recording.started")["session_name"])
        bench.say("recording.should_stop")
        bench.wait_for("recording.stopped")

    assert names == ["study", "other", "other"]


@pytest.mark.parametrize("name", ["/etc/gazed", "../elsewhere"])
def test_a_name_that_leads_out_is_answered_with_the_reason(bench, record, name):
    record()

    bench.say("recording.should_start", session_name=name)

    refusal = bench.wait_for("recording.failed")
    assert "leads out of the recordings folder" in refusal["reason"]
    assert refusal["session_name"] == name
    assert bench.subjects("recording.started") == []


def test_an_absolute_name_works_inside_permitted_roots(bench, record, tmp_path):
    record(permitted_roots=[str(tmp_path / "study")])

    bench.say("recording.should_start", session_name=str(tmp_path / "study" / "p1"))

    assert bench.wait_for("recording.started")["rec_path"] == f"{tmp_path}/study/p1/000/"


def test_what_a_disk_refuses_at_the_start_leaves_no_folder(bench, record, tmp_path):
    disk = FullDisk(room=300)
    record(disk)

    bench.say("recording.should_start", session_name="s")

    assert "the disk is full" in bench.wait_for("recording.failed")["reason"]
    assert list((tmp_path / "recordings" / "s").iterdir()) == []


def test_who_comes_late_can_ask_whether_a_recording_runs(bench, record):
    record()
    bench.say("recording.should_report")
    idle = bench.wait_for("recording.report")
    bench.say("recording.should_start", session_name="s")
    started = bench.wait_for("recording.started")

    bench.say("recording.should_report")

    running = bench.wait_for("recording.report")
    assert idle["recording"] is False
    assert running["recording"] is True
    assert {key: running[key] for key in ("rec_path", "recording_uuid")} == {
        key: started[key] for key in ("rec_path", "recording_uuid")
    }


def test_arguments_change_without_ending_a_recording(bench, record, tmp_path):
    recorder = record()
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")

    recorder.update(rec_root_dir=str(tmp_path / "other"))
    bench.say("recording.should_stop")
    bench.wait_for("recording.stopped")
    bench.say("recording.should_start", session_name="s")

    assert bench.wait_for("recording.started")["rec_path"] == f"{tmp_path}/other/s/000/"


def test_stopping_the_plugin_ends_the_recording_properly(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    folder = folder_of(bench.wait_for("recording.started"))
    bench.datum("annotation", label="x")
    bench.run_until("it is there", (folder / "annotation.pldata").exists)

    bench.stop("Recorder")

    assert bench.subjects("recording.stopped") == ["recording.stopped"]
    assert len(read_recording(folder).of("annotation")) == 1
    assert Manifest.read(folder).state == "closed"


def test_a_stalled_disk_delays_nobody_and_nothing_is_lost(bench, record):
    disk = GatedDisk()
    record(disk)
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")
    disk.gate.clear()
    longest = 0.0
    for index in range(2000):
        bench.datum("pupil.0.2d", index=index)
        if index % 100 == 0:
            began = time.thread_time()
            bench.call("tick")
            longest = max(longest, time.thread_time() - began)
    disk.gate.set()
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    assert [f["index"] for f in read_recording(folder_of(said)).of("pupil.0.2d")] == list(
        range(2000)
    )
    assert longest < 1.0
    assert said["lost"] == {}


def test_a_disk_that_takes_50_ms_a_write_loses_nothing_and_delays_nobody(bench, record):
    record(GatedDisk(delay=0.05))
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")
    for index in range(600):
        bench.datum(f"{('pupil', 'gaze', 'blinks')[index % 3]}.0.2d", index=index)
        if index % 100 == 0:
            began = time.thread_time()
            bench.call("tick")
            assert time.thread_time() - began < 1.0
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    read = read_recording(folder_of(said))
    counts = {key: [f["index"] for _, f, _ in data] for key, data in read.data.items()}
    assert counts == {
        key: list(range(start, 600, 3)) for start, key in enumerate(("pupil", "gaze", "blinks"))
    }
    assert said["lost"] == {}


def test_what_finds_the_buffer_full_is_counted_told_and_noted(bench, record):
    disk = GatedDisk()
    record(disk, buffer_mb=1.0)
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")
    disk.gate.clear()
    before = bench.clock.now()
    for index in range(300):
        bench.datum("pupil.0.2d", index=index, ballast="x" * 10_000)
    spilled = bench.wait_for("recording.spilled")
    disk.gate.set()
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    there = [fields["index"] for fields in read_recording(folder_of(said)).of("pupil.0.2d")]
    lost = said["lost"]["pupil.0.2d"]
    assert spilled["lost"]["pupil.0.2d"] > 0
    assert len(there) + lost == 300
    assert there == sorted(set(there))
    (gap,) = Manifest.read(folder_of(said)).gaps
    assert gap["stream"] == "pupil.0.2d"
    assert before <= gap["from"] <= gap["to"] <= bench.clock.now()


def test_a_full_disk_ends_the_recording_and_keeps_what_is_there(bench, record):
    disk = FullDisk()
    record(disk)
    bench.say("recording.should_start", session_name="s")
    folder = folder_of(bench.wait_for("recording.started"))
    bench.datum("pupil.0.2d", index=0)
    path = folder / "pupil.pldata"
    bench.run_until("a datum is there", lambda: path.exists() and path.stat().st_size > 0)
    disk.room = 700
    for index in range(1, 20):
        bench.datum("pupil.0.2d", index=index, ballast="x" * 100)

    failed = bench.wait_for("recording.failed")
    stopped = bench.wait_for("recording.stopped")
    disk.room = 10**9
    said = bench.wait_for("recording.closed")

    assert "the disk is full; free some space" in failed["reason"]
    assert failed["rec_path"] == stopped["rec_path"] == f"{folder}/"
    kept = len(read_recording(folder).of("pupil.0.2d"))
    assert kept >= 1
    assert said["lost"] == {"pupil.0.2d": 20 - kept}
    bench.say("recording.should_start", session_name="s")
    bench.wait_for("recording.started")


def test_a_recording_stops_at_the_floor(bench, record):
    class Filling(FullDisk):
        free = 4e9

        def free_bytes(self, directory):
            return self.free

    disk = Filling()
    record(disk, stop_free_gb=1.0)
    bench.say("recording.should_start", session_name="s")
    folder = folder_of(bench.wait_for("recording.started"))
    bench.datum("pupil.0.2d")
    disk.free = 1e9

    failed = bench.wait_for("recording.failed")

    assert "recordings end at 1.0 GB; free some space" in failed["reason"]
    bench.wait_for("recording.closed")
    assert len(read_recording(folder).of("pupil.0.2d")) == 1
    bench.say("recording.should_start", session_name="s")
    assert "1.0 GB" in bench.wait_for("recording.failed")["reason"]
    assert len(bench.subjects("recording.started")) == 1


def test_a_removed_folder_ends_the_recording(bench, record):
    record()
    bench.say("recording.should_start", session_name="s")
    folder = folder_of(bench.wait_for("recording.started"))

    shutil.rmtree(folder)

    assert "the folder was removed" in bench.wait_for("recording.failed")["reason"]
    bench.wait_for("recording.stopped")
    bench.say("recording.should_start", session_name="s")
    assert folder_of(bench.wait_for("recording.started")).is_dir()


def test_a_folder_that_cannot_be_written_is_refused_with_the_reason(bench, record, tmp_path):
    (tmp_path / "recordings").write_text("somebody's file")
    record()

    bench.say("recording.should_start", session_name="s")

    refusal = bench.wait_for("recording.failed")
    assert "a part of the path is a file, not a folder" in refusal["reason"]
    assert bench.subjects("recording.started") == []


def test_a_read_only_disk_is_refused_with_the_reason(bench, record):
    class ReadOnly(FullDisk):
        def create(self, path):
            raise OSError(30, "Read-only file system")

    record(ReadOnly())

    bench.say("recording.should_start", session_name="s")

    assert "read-only; choose another rec_root_dir" in bench.wait_for("recording.failed")["reason"]


def test_a_clock_that_was_set_is_noted(bench, record):
    record(allow_time_reset=True)
    bench.say("recording.should_start", session_name="s")
    started = bench.wait_for("recording.started")
    bench.datum("pupil.0.2d", 1000.0)
    bench.clock.set(50.0)
    bench.datum("pupil.0.2d", 51.0)
    bench.say("recording.should_stop")

    folder = folder_of(bench.wait_for("recording.closed"))

    assert started["allow_time_reset"] is True
    assert any("the clock was set" in note for note in Manifest.read(folder).notes)
    read = read_recording(folder)
    assert [fields["timestamp"] for fields in read.of("pupil.0.2d")] == [1000.0, 51.0]
    assert 0.0 <= read.info["duration_s"] < 60.0


def test_a_recording_left_by_a_dead_recorder_is_repaired_at_the_next_start(bench, record, tmp_path):
    scenario = Scenario(tmp_path / "recordings" / "s" / "000")
    scenario.step()
    folder = scenario.die()
    with (folder / "pupil.pldata").open("ab") as file:
        file.write(datum("pupil.0.2d", 1.0)[:10])

    record()

    repaired = bench.wait_for("recording.repaired")
    assert repaired["rec_path"] == f"{folder}/"
    assert any(
        "pupil.pldata: the last 10 bytes are half a datum" in f for f in repaired["findings"]
    )
    assert len(read_recording(folder).of("pupil.0.2d")) == 4


@pytest.fixture
def broken_off(tmp_path):
    """A function that leaves the recording of a recorder that this daemon lost just now."""

    def leave(**owner):
        scenario = Scenario(tmp_path / "recordings" / "s" / "000")
        scenario.step()
        scenario.die()
        mark = scenario.directory / "gazed.writing"
        fields = {"daemon": 1, "session_name": "s", "record_eye": False, "ending": False}
        mark.write_text(json.dumps({**fields, **owner}))
        return scenario.directory

    return leave


def test_clients_of_a_recorder_that_died_hear_that_their_recording_has_ended(
    bench, record, broken_off
):
    folder = broken_off()

    record()

    failed = bench.wait_for("recording.failed")
    assert failed["rec_path"] == f"{folder}/"
    assert "what was recorded until then is kept" in failed["reason"]
    assert bench.wait_for("recording.stopped")["rec_path"] == f"{folder}/"
    bench.wait_for("recording.repaired")


def test_a_new_recorder_goes_on_where_its_predecessor_died(bench, record, broken_off):
    folder = broken_off()

    record()

    started = bench.wait_for("recording.started")
    assert (started["continues"], started["session_name"]) == (f"{folder}/", "s")
    assert started["record_eye"] is False
    assert started["rec_path"] == f"{folder.with_name('001')}/"
    bench.datum("pupil.0.2d")
    bench.say("recording.should_stop")
    bench.wait_for("recording.closed")
    assert len(read_recording(folder.with_name("001")).of("pupil.0.2d")) == 1
    assert f"goes on where {folder}/ broke off" in Manifest.read(folder.with_name("001")).notes


@pytest.mark.parametrize("owner", [{"ending": True}, {"daemon": 2}])
def test_a_recording_that_was_to_end_or_is_another_daemons_is_only_repaired(
    bench, record, broken_off, owner
):
    folder = broken_off(**owner)

    record()

    bench.wait_for("recording.repaired")
    bench.say("recording.should_report")
    assert bench.wait_for("recording.report")["recording"] is False
    assert not folder.with_name("001").exists()


def test_who_dies_while_it_ends_a_recording_leaves_a_note_of_that(tmp_path):
    (tmp_path / "r").mkdir()
    folder = Folder(tmp_path / "r", Info("u", 1.0, 1.0, "s"), Disk(), {}, Owner(1, "s"))
    assert owner_of(tmp_path / "r") == Owner(1, "s", record_eye=True, ending=False)

    folder.note_ending()

    assert owner_of(tmp_path / "r") == Owner(1, "s", record_eye=True, ending=True)
    folder.release()


def test_a_recording_that_broke_off_long_ago_is_only_repaired(bench, record, broken_off):
    folder = broken_off()
    os.utime(folder / "info.player.json", (1e9, 1e9))

    record()

    bench.wait_for("recording.repaired")
    assert not folder.with_name("001").exists()


def test_a_stop_that_comes_while_the_recorder_looks_for_leftovers_is_obeyed(
    bench, record, broken_off
):
    broken_off()
    record()
    bench.say("recording.should_stop")

    bench.wait_for("recording.started")

    bench.wait_for("recording.closed")


def test_an_empty_topic_is_refused_with_the_reason(bench, record):
    with pytest.raises(Exception, match="an empty entry, which would ask for eye pictures"):
        record(topics=[""])


def test_data_that_a_host_could_not_publish_are_counted(bench, record):
    record()
    for dropped in (5, 5):
        bench.bus.send([b"host_alive.eye0", pack({"host": "eye0", "dropped": dropped})])
    bench.say("recording.should_start", session_name="s")
    for host, dropped in (("eye0", 8), ("eye1", 3), ("eye1", 3), ("eye0", 2)):
        bench.bus.send([b"host_alive.x", pack({"host": host, "dropped": dropped})])
    bench.say("recording.should_stop")

    said = bench.wait_for("recording.closed")

    assert said["lost"] == {"dropped by eye0": 3 + 2}
