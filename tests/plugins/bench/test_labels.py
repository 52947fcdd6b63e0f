"""Labels as users bring them, and what is said of those that cannot be used."""

from __future__ import annotations

import pytest

from gazed import Ellipse
from gazed_plugins.bench.labels import LabelError, read_labels

HEADER = "frame,file,pupil_visible,cx,cy,major,minor,angle_deg,quality\n"


@pytest.fixture
def table(tmp_path):
    """Return a function that writes a table of labels."""

    def write(text):
        (tmp_path / "gt.csv").write_text(text)
        return tmp_path / "gt.csv"

    return write


def test_a_line_becomes_an_ellipse_with_its_minor_axis_first(table):
    (label,) = read_labels(table(HEADER + "7,,1,50.5,40,30,20,100,0.9\n"))

    assert (label.frame, label.file, label.line) == (7, "", 2)
    assert label.ellipse == Ellipse((50.5, 40.0), (20.0, 30.0), 10.0)


def test_a_closed_eye_needs_no_figures(table):
    (label,) = read_labels(table(HEADER + "0,a.png,0,,,,,,\n"))

    assert label.ellipse is None
    assert label.file == "a.png"


def test_columns_may_come_in_any_order_and_those_not_needed_may_lack(table):
    header = "minor,major,cx,cy,angle_deg,pupil_visible,frame,remark\n"

    (label,) = read_labels(table(header + "20,30,50,40,90,1,0,blurred\n"))

    assert label.ellipse == Ellipse((50.0, 40.0), (20.0, 30.0), 0.0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("frame,file,pupil_visible,cx,cy,angle_deg\n0,,1,5,5,0\n", "no column major, minor;"),
        ("", "no column frame"),
        (HEADER, "holds no label"),
        (HEADER + "0,,1,5,5,9,8,0,1\n3,,1,5,oops,9,8,0,1\n", "line 3: cy is 'oops', not a number"),
        (HEADER + "0,,1,nan,5,9,8,0,1\n", "line 2: cx is 'nan', not a number"),
        (HEADER + "0,,1,5,5,9,,0,1\n", "line 2: minor is '', not a number"),
        (HEADER + "0,,1,5\n", "line 2: cy is missing"),
        (HEADER + "0,,yes,5,5,9,8,0,1\n", "line 2: pupil_visible is 'yes'"),
        (HEADER + "0,,1,5,5,8,9,0,1\n", "line 2: major is 8 and minor 9"),
        (HEADER + "0,,1,5,5,0,0,0,1\n", "line 2: major is 0 and minor 0"),
        (HEADER + "1.5,,1,5,5,9,8,0,1\n", "line 2: frame is '1.5'"),
        (HEADER + "0,a.png,0,,,,,,\n1,,0,,,,,,\n", "line 3: names no file"),
        (HEADER + "4,,0,,,,,,\n4,,0,,,,,,\n", "line 3: 4 is labelled in line 2 already"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(table, text, said):
    path = table(text)

    with pytest.raises(LabelError) as error:
        read_labels(path)

    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_a_table_that_is_no_text_is_a_sentence(tmp_path):
    (tmp_path / "gt.csv").write_bytes(b"\xff\xfe\x00frame")

    with pytest.raises(LabelError, match="cannot be read as CSV"):
        read_labels(tmp_path / "gt.csv")
