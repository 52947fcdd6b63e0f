"""Focal lengths: of known cameras, of a user's file, and what is said of unknown ones."""

from __future__ import annotations

import pytest
from harness import Bench

from gazed import Context, PluginError
from gazed_plugins.capture.intrinsics import KNOWN, FocalLengths, focal_length, read

OWN = """
[[camera]]
name = "Pupil Cam2 ID0"
serial = "A1"
frame_size = [192, 192]
focal_length = [300.0, 310]

[[camera]]
name = "webcam"
frame_size = [640, 480]
focal_length = 600
"""


@pytest.fixture
def context(tmp_path):
    with Bench(tmp_path, "eye0") as bench:
        bench.connection.settings.mkdir()
        yield Context("UVC_Source", bench)


@pytest.mark.parametrize(
    ("name", "size", "length"),
    [
        ("Pupil Cam1 ID0", (320, 240), 339.163792),
        ("Pupil Cam1 ID1", (640, 480), 670.811694),
        ("Pupil Cam2 ID0", (192, 192), 283.269170),
        ("Pupil Cam2 ID1", (400, 400), 561.982949),
        ("Pupil Cam3 ID0", (192, 192), 140.0),
        ("Pupil Cam3 ID1", (400, 400), 278.525),
    ],
)
def test_known_cameras_have_the_mean_of_their_two_focal_lengths(name, size, length):
    found, exact = focal_length(KNOWN, name, "", *size)

    assert exact
    assert found == pytest.approx(length, abs=1e-4)


def test_another_size_of_the_same_shape_is_estimated_and_another_shape_is_not():
    assert focal_length(KNOWN, "Pupil Cam1 ID0", "", 160, 120) == (
        pytest.approx(169.58, abs=0.01),
        False,
    )
    assert focal_length(KNOWN, "Pupil Cam1 ID0", "", 640, 360) == (None, False)


def test_a_users_file_goes_before_what_is_known_for_the_camera_it_names(context, tmp_path):
    (context.connection.settings / "intrinsics.toml").write_text(OWN)

    lengths = FocalLengths(context)

    assert lengths.px("Pupil Cam2 ID0", "A1", 192, 192) == 305.0
    assert lengths.px("Pupil Cam2 ID0", "B1", 192, 192) == pytest.approx(283.27, abs=0.01)
    assert lengths.px("My Webcam", "", 640, 480) == 600.0


def test_what_is_given_by_hand_holds_for_every_camera(context, caplog):
    assert FocalLengths(context, given=432.0).px("Nameless", "", 100, 100) == 432.0
    assert not caplog.records


def test_an_unknown_camera_is_warned_of_once_a_size_with_what_to_do(context, caplog):
    lengths = FocalLengths(context)

    assert [lengths.px("Nameless", "", 100, 100) for _ in range(3)] == [None] * 3
    lengths.px("Pupil Cam1 ID0", "", 160, 120)

    assert len(caplog.records) == 2
    assert "Nameless at 100x100 is unknown" in caplog.text
    assert "intrinsics.toml" in caplog.text
    assert "estimated as 170 px" in caplog.text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[camera]", "double brackets"),
        ("focal = 3", "double brackets"),
        ("[[camera]]\nframe_size = [1, 2]\nfocal_length = 3", "name or a serial"),
        ("[[camera]]\nname = 'a'\nfocal_length = 3", "frame_size"),
        ("[[camera]]\nname = 'a'\nframe_size = [1, '2']\nfocal_length = 3", "frame_size"),
        ("[[camera]]\nname = 'a'\nframe_size = [1, 2]\nfocal_length = -3", "focal_length"),
        ("[[camera]]\nname = 'a'\nframe_size = [1, 2]\nfocal_length = [1, 2, 3]", "focal_length"),
        ("[[camera]]\nname = 'a'\nfocus = 3", "focus"),
        ("camera = [3]", "camera number 1"),
        ("[[camera", "not TOML"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_the_place(tmp_path, text, problem):
    path = tmp_path / "mine.toml"
    path.write_text(text)

    with pytest.raises(PluginError, match=problem) as refusal:
        read(path)

    assert "mine.toml" in str(refusal.value)


def test_a_file_that_is_asked_for_must_be_there(context, tmp_path):
    with pytest.raises(PluginError, match="cannot be read"):
        FocalLengths(context, str(tmp_path / "gone.toml"))
