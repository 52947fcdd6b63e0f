"""What is found in folders and files given on the command line."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gazed_plugins.bench.inputs import InputError, sets_in
from gazed_plugins.bench.labels import LabelError

HEADER = "frame,file,pupil_visible,cx,cy,major,minor,angle_deg,quality\n"
LABEL = "1,50,40,30,20,90,1.0"
CLOSED = "0,,,,,,"


def cases_of(pictures):
    (sequence,) = pictures.sequences
    return list(sequence())


def test_labelled_frames_of_a_clip_come_in_order_and_the_others_too(labelled_clip):
    folder = labelled_clip(LABEL, CLOSED, frames=4)

    (found,) = sets_in([folder])

    cases = cases_of(found)
    assert (found.name, found.kind, found.ordered) == ("eyes", "labelled", True)
    assert [case.frame.index for case in cases] == [0, 1, 2, 3]
    assert [case.label is not None for case in cases] == [True, False, False, False]
    assert [case.closed for case in cases] == [False, True, False, False]
    assert [case.alone for case in cases] == [True, True, False, False]


def test_labelled_pictures_have_nothing_to_do_with_each_other(labelled_stills):
    (found,) = sets_in([labelled_stills(LABEL, CLOSED)])

    assert not found.ordered
    assert [case.closed for case in cases_of(found)] == [False, True]


def test_a_folder_of_folders_stands_for_the_sets_in_it(labelled_clip, labelled_stills, tmp_path):
    labelled_stills(LABEL, name="b")
    labelled_clip(LABEL, name="a")
    clip = (tmp_path / "a" / "clip.avi").read_bytes()
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "clip.avi").write_bytes(clip)
    (tmp_path / "walk.avi").write_bytes(clip)
    (tmp_path / "LICENSES").mkdir()

    found = sets_in([tmp_path])

    assert [(entry.name, entry.kind) for entry in found] == [
        ("walk", "unlabelled"),
        ("a", "labelled"),
        ("b", "labelled"),
        ("c", "unlabelled"),
    ]


def test_sets_with_one_name_are_told_apart(labelled_clip, tmp_path):
    one = labelled_clip(LABEL)
    other = tmp_path / "others" / "eyes"
    other.mkdir(parents=True)
    for file in one.iterdir():
        (other / file.name).write_bytes(file.read_bytes())

    assert [entry.name for entry in sets_in([one, other])] == ["eyes", "eyes (2)"]


def test_only_so_many_pictures_are_taken_when_asked(labelled_clip, labelled_stills):
    clip, stills = labelled_clip(*[LABEL] * 9), labelled_stills(*[LABEL] * 9)

    assert [len(cases_of(entry)) for entry in sets_in([clip, stills], most=3)] == [3, 3]


def test_a_missing_folder_and_one_with_nothing_in_it_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file or folder"):
        sets_in([tmp_path / "nowhere"])
    with pytest.raises(InputError, match=r"no gt\.csv and no video"):
        sets_in([tmp_path])


def test_a_picture_that_is_not_there_is_named_before_anything_runs(labelled_stills):
    folder = labelled_stills(LABEL, LABEL)
    (folder / "eye1.png").unlink()

    with pytest.raises(LabelError, match=r"line 3: there is no picture eye1\.png"):
        sets_in([folder])


def test_labels_of_frames_need_one_clip(labelled_clip):
    folder = labelled_clip(LABEL)
    (folder / "clip.avi").rename(folder / "left.avi")
    (folder / "right.avi").write_bytes((folder / "left.avi").read_bytes())

    with pytest.raises(LabelError, match=r"left\.avi, right\.avi; there must be one"):
        sets_in([folder])


def test_a_label_outside_its_picture_is_named(labelled_clip):
    (found,) = sets_in([labelled_clip(LABEL, "1,150,40,30,20,90,1.0")])

    with pytest.raises(LabelError, match=r"line 3: the centre \(150, 40\) is outside"):
        cases_of(found)


def test_a_label_behind_the_end_of_the_clip_is_named(labelled_clip):
    (found,) = sets_in([labelled_clip(LABEL, LABEL, LABEL, frames=2)])

    with pytest.raises(LabelError, match=r"line 4: frame 2 is not in clip\.avi, which has 2"):
        cases_of(found)


def test_colour_pictures_are_read_as_gray(tmp_path):
    cv2.imwrite(str(tmp_path / "eye.png"), np.full((80, 100, 3), (10, 20, 200), np.uint8))
    (tmp_path / "gt.csv").write_text(HEADER + f"0,eye.png,{LABEL}\n")

    (case,) = cases_of(sets_in([tmp_path])[0])

    assert case.frame.gray.shape == (80, 100)
    assert case.frame.gray.dtype == np.uint8
