"""Recordings whose writing ended anywhere, and files that something happened to."""

import json
import random
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from recorded import JPEGS, START, Scenario, datum
from recording_reader import read_recording

from gazed_plugins.commands.repair import repair
from gazed_plugins.recorder.closing import RepairError
from gazed_plugins.recorder.folder import MARK
from gazed_plugins.recorder.locks import hold
from gazed_plugins.recorder.manifest import Manifest
from gazed_plugins.recorder.pldata import record
from gazed_plugins.recorder.repair import mend, recordings_below, unfinished

TOPICS = ("pupil.0.2d", "pupil.0.3d", "gaze.3d.0.")
STEP, STEPS = 4, 6
CUTS = 300


@pytest.fixture(autouse=True)
def disk_that_is_not_waited_for(monkeypatch):
    """Files are cut here by the tests, so that nobody need wait for a real disk."""
    monkeypatch.setattr("os.fsync", lambda _handle: None)


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A recording of six steps whose writer was killed, and the sizes after each step."""
    scenario = Scenario(tmp_path_factory.mktemp("interrupted") / "s" / "000")
    for _ in range(STEPS):
        scenario.step(STEP)
    return scenario.die(), scenario.sizes


@pytest.fixture
def copied(interrupted, tmp_path):
    """A copy of it to do harm to."""
    return shutil.copytree(interrupted[0], tmp_path / "s" / "000")


@pytest.fixture
def whole(copied):
    """A copy that has been repaired, and is in order."""
    mend(copied)
    return copied


def check_kept(folder, least, most=STEP * STEPS):
    """Check that a recording opens and holds the first frames and data, at least so many."""
    read = read_recording(folder)
    streams = [read.of(topic) for topic in TOPICS]
    for stream in streams:
        assert least <= len(stream) <= most
        assert [fields["index"] for fields in stream] == list(range(len(stream)))
    frames = read.videos["eye0"].packets if "eye0" in read.videos else []
    assert frames == [JPEGS[index % len(JPEGS)] for index in range(len(frames))]
    assert least <= len(frames) <= most
    if frames:
        times = [START + 0.005 * index + 0.000123 for index in range(len(frames))]
        assert read.videos["eye0"].timestamps == times
    return read


def test_a_killed_recording_is_whole_after_repair(copied):
    findings = mend(copied)

    read = check_kept(copied, STEP * STEPS)
    assert read.info["duration_s"] >= 0.005 * (STEP * STEPS - 1)
    assert not (copied / MARK).exists()
    assert any("not closed" in text for text in findings)
    assert Manifest.read(copied).state == "repaired"


def test_repair_changes_nothing_the_second_time(copied):
    mend(copied)
    before = {path.name: path.read_bytes() for path in copied.iterdir()}

    assert mend(copied) == []
    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before


def test_check_says_the_same_and_changes_nothing(copied):
    before = {path.name: path.read_bytes() for path in copied.iterdir()}

    findings = mend(copied, check=True)

    assert {path.name: path.read_bytes() for path in copied.iterdir()} == before
    assert findings == mend(copied)


def test_after_a_power_failure_at_any_byte_all_but_the_last_step_is_there(interrupted, tmp_path):
    source, sizes = interrupted
    dice = random.Random(7)
    for number in range(CUTS):
        step = dice.randrange(1, STEPS)
        folder = shutil.copytree(source, tmp_path / str(number))
        for path in folder.iterdir():
            durable, written = sizes[step - 1].get(path.name, 0), sizes[step].get(path.name)
            if written is not None and path.suffix not in (".json", ".csv"):
                with path.open("r+b") as file:
                    file.truncate(dice.randint(min(durable, written), max(durable, written)))

        mend(folder)

        check_kept(folder, STEP * step, STEP * (step + 1))
        shutil.rmtree(folder)


def test_a_data_file_cut_at_every_border_and_in_every_datum_keeps_what_was_before(whole, tmp_path):
    pupil = (whole / "pupil.pldata").read_bytes()
    times = (whole / "pupil_timestamps.npy").read_bytes()
    ends = np.cumsum([len(record(t, p)) for t, _, p in read_recording(whole).data["pupil"]])
    for number, end in enumerate(ends[:12]):
        for cut in (int(end), int(end) - 1, int(end) - 40):
            (whole / "pupil.pldata").write_bytes(pupil[:cut])
            (whole / "pupil_timestamps.npy").write_bytes(times)

            findings = mend(whole)

            kept = number + (cut == end)
            assert len(read_recording(whole).data["pupil"]) == kept
            assert any("pupil_timestamps.npy" in text for text in findings)


def test_a_video_cut_anywhere_keeps_its_whole_fragments(interrupted, tmp_path):
    source, sizes = interrupted
    content = (source / "eye0.mp4.writing").read_bytes()
    ends = [size["eye0.mp4.writing"] for size in sizes]
    for cut in (0, 5, 30, 300, *range(1000, len(content), 1777)):
        folder = shutil.copytree(source, tmp_path / str(cut))
        (folder / "eye0.mp4.writing").write_bytes(content[:cut])

        mend(folder)

        frames = STEP * sum(end <= cut for end in ends)
        videos = read_recording(folder).videos
        assert sum(len(video.packets) for video in videos.values()) == frames
        assert mend(folder) == []
        shutil.rmtree(folder)


def test_a_finished_video_that_lost_its_end_gets_a_new_one(whole):
    content = (whole / "eye0.mp4").read_bytes()
    (whole / "eye0.mp4").write_bytes(content[:-50])

    findings = mend(whole)

    check_kept(whole, STEP * STEPS)
    assert any("eye0.mp4" in text for text in findings)


def test_a_damaged_piece_in_a_video_costs_its_fragment_only(whole):
    content = bytearray((whole / "eye0.mp4").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(64)
    (whole / "eye0.mp4").write_bytes(content)

    mend(whole)

    video = read_recording(whole).videos["eye0"]
    assert len(video.packets) == STEP * (STEPS - 1)
    assert set(video.packets) <= set(JPEGS)
    expected = {START + 0.005 * index + 0.000123 for index in range(STEP * STEPS)}
    assert set(video.timestamps) <= expected


@pytest.mark.parametrize(
    "junk", [b"\x00" * 5000, b"\x92\xa5pupil\xc6\xff\xff\xff\xff", b"junk\x92"]
)
@pytest.mark.parametrize("where", ["front", "middle", "end"])
def test_foreign_bytes_are_taken_out_and_all_data_stay(whole, junk, where):
    content = (whole / "gaze.pldata").read_bytes()
    border = len(record("gaze.3d.0.", read_recording(whole).data["gaze"][0][2])) * 3
    at = {"front": 0, "middle": border, "end": len(content)}[where]
    (whole / "gaze.pldata").write_bytes(content[:at] + junk + content[at:])

    findings = mend(whole)

    assert (whole / "gaze.pldata").read_bytes() == content
    assert any("gaze.pldata" in text for text in findings)
    check_kept(whole, STEP * STEPS)


def test_the_file_as_it_was_is_kept_when_its_middle_was_damaged(whole):
    content = (whole / "gaze.pldata").read_bytes()
    (whole / "gaze.pldata").write_bytes(b"junk" + content)

    mend(whole)

    assert (whole / "gaze.pldata.damaged").read_bytes() == b"junk" + content


@pytest.mark.parametrize("content", [None, b"", b"{]", bytes(700)])
@pytest.mark.parametrize(
    "name",
    ["info.player.json", "gazed.manifest.json", "pupil_timestamps.npy", "eye0_timestamps.npy"],
)
def test_small_files_that_are_missing_or_damaged_are_made_anew(whole, name, content):
    (whole / name).unlink()
    (whole / "user_info.csv").unlink()
    if content is not None:
        (whole / name).write_bytes(content)

    mend(whole)

    read = read_recording(whole)
    assert [len(read.of(topic)) for topic in TOPICS] == [STEP * STEPS] * 3
    times = read.videos["eye0"].timestamps
    assert len(times) == STEP * STEPS
    assert times[5] == pytest.approx(START + 0.025 + 0.000123, abs=1 / 65535)
    assert mend(whole) == []


def test_missing_data_are_named(whole):
    (whole / "gaze.pldata").unlink()
    (whole / "gaze_timestamps.npy").unlink()

    findings = mend(whole)

    assert any("gaze.pldata: is missing" in text for text in findings)
    assert any("gaze.3d.0.: 24 of 24 data are lost" in text for text in findings)
    assert Manifest.read(whole).lost == {"gaze.3d.0.": 24}
    assert mend(whole) == []


def test_a_recording_that_is_written_is_left_alone(tmp_path):
    scenario = Scenario(tmp_path / "000")
    scenario.step()

    with pytest.raises(RepairError, match="is being written; stop the recording first"):
        mend(tmp_path / "000")

    scenario.folder.release()
    with pytest.raises(RepairError, match="is being written"):
        mend(tmp_path / "000")  # its eye is still filming
    scenario.die()


def test_a_lock_ends_with_its_file(tmp_path):
    path = tmp_path / "file"
    with path.open("x+b", buffering=0) as first, path.open("r+b", buffering=0) as second:
        assert hold(first)
        assert not hold(second)
        first.close()
        assert hold(second)


def test_recordings_of_other_programs_get_what_they_lack(tmp_path):
    (tmp_path / "pupil.pldata").write_bytes(
        b"".join(record("pupil.0.2d", datum("pupil.0.2d", float(time))) for time in range(9))
    )

    mend(tmp_path)

    read = read_recording(tmp_path)
    assert len(read.data["pupil"]) == 9
    assert (read.info["start_time_synced_s"], read.info["duration_s"]) == (0.0, 8.0)


def test_unfinished_recordings_are_found_wherever_they_are(tmp_path):
    for name in ("a/000", "b/c/001", "done"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "a/000" / MARK).touch()
    (tmp_path / "b/c/001" / "eye1.mp4.writing").touch()
    (tmp_path / "done" / "info.player.json").touch()

    assert unfinished(tmp_path) == [tmp_path / "a/000", tmp_path / "b/c/001"]
    assert len(recordings_below(tmp_path)) == 3


def test_the_command_says_what_it_did(copied):
    checked = CliRunner().invoke(repair, ["--check", str(copied.parent)])
    first = CliRunner().invoke(repair, [str(copied)])
    second = CliRunner().invoke(repair, [str(copied)])

    assert checked.exit_code == 1
    assert "damaged" in checked.output
    assert "eye0.mp4: its writing was not finished; the index is rebuilt" in first.output
    assert first.exit_code == 0
    assert second.output == f"{copied}: as it should be\n"


def test_the_command_names_a_folder_without_a_recording(tmp_path):
    result = CliRunner().invoke(repair, [str(tmp_path)])

    assert result.exit_code == 1
    assert f"there is no recording in {tmp_path}" in result.output


def test_a_start_of_a_video_that_is_damaged_is_reported_and_left(whole):
    content = (whole / "eye0.mp4").read_bytes()
    (whole / "eye0.mp4").write_bytes(b"\0" * 200 + content[200:])

    result = CliRunner().invoke(repair, [str(whole)])

    assert result.exit_code == 1
    assert "eye0.mp4: is not a video that gazed wrote, or lacks its start" in result.output
    assert json.loads((whole / "info.player.json").read_text())
