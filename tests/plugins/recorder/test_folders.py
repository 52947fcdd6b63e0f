"""Where recordings may go, whatever a client asks for."""

import time

import pytest

from gazed_plugins.recorder.folders import (
    SessionNameError,
    new_recording,
    session_folder,
    todays_session,
)


@pytest.mark.parametrize("name", ["subject_7", "study/subject 7", "sitzung_ä", "a/../b", "..."])
def test_a_name_is_a_folder_below_the_root(tmp_path, name):
    folder = session_folder(tmp_path, name)

    assert folder.is_relative_to(tmp_path.resolve())
    assert folder == (tmp_path / name).resolve()


@pytest.mark.parametrize(
    "name", ["..", "../other", "a/../../b", "/etc", "/tmp/x", "a/../../../etc"]
)
def test_a_name_that_leads_out_of_the_root_is_refused(tmp_path, name):
    with pytest.raises(SessionNameError, match=r"leads out of the recordings folder.*permitted"):
        session_folder(tmp_path / "recordings", name)


def test_a_symbolic_link_leads_out_as_well(tmp_path):
    root, outside = tmp_path / "recordings", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)

    with pytest.raises(SessionNameError):
        session_folder(root, "link/x")


def test_links_in_a_circle_are_no_way_in(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    folder = session_folder(tmp_path, "a/x")

    assert folder.is_relative_to(tmp_path)
    with pytest.raises(OSError, match="symbolic links"):
        new_recording(folder)


def test_an_absolute_name_is_honoured_inside_permitted_roots_only(tmp_path):
    permitted = tmp_path / "study"

    inside = session_folder(tmp_path / "recordings", str(permitted / "day 1"), [permitted])

    assert inside == (permitted / "day 1").resolve()
    with pytest.raises(SessionNameError):
        session_folder(tmp_path / "recordings", str(tmp_path / "study2"), [permitted])


@pytest.mark.parametrize(
    ("name", "problem"), [("a\nb", "control"), ("a\0b", "control"), ("C:\\data", "drive")]
)
def test_what_cannot_be_a_name_is_refused_with_the_reason(tmp_path, name, problem):
    with pytest.raises(SessionNameError, match=problem):
        session_folder(tmp_path, name)


def test_recordings_of_a_session_are_numbered(tmp_path):
    names = [new_recording(tmp_path / "s").name for _ in range(3)]
    (tmp_path / "s" / "003").write_text("somebody's file")

    assert [*names, new_recording(tmp_path / "s").name] == ["000", "001", "002", "004"]


def test_without_a_name_it_is_the_date():
    time.strptime(todays_session(), "%Y_%m_%d")
