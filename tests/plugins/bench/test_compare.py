"""``gazed bench compare``: the guard against regressions."""

from __future__ import annotations

import copy
import json

import pytest

LABEL = "1,50,40,30,20,90,1.0"
CLOSED = "0,,,,,,"
SURE = """
class Sure:
    def __init__(self, context):
        pass

    @hookimpl
    def detect_pupil(self, frame):
        confidence = 0.2 if frame.index == 4 else 0.9
        return Pupil.found(frame, Ellipse((50.0, 40.0), (20.0, 30.0), 0.0), confidence)
"""


@pytest.fixture
def old(detector, labelled_clip, figures):
    """Figures of a detector that is always right and never alarmed."""
    detector(SURE, "Sure")
    return figures(labelled_clip(*[LABEL] * 4, CLOSED), "--detector", "Sure")


@pytest.fixture
def compare(bench, old, tmp_path):
    """Return a function that compares the old figures with changed ones."""

    def run(new, *options):
        for name, content in (("old", old), ("new", new)):
            (tmp_path / f"{name}.json").write_text(json.dumps(content))
        return bench("compare", tmp_path / "old.json", tmp_path / "new.json", *options)

    return run


def changed(figures, **scores):
    new = copy.deepcopy(figures)
    for entry in new["results"]:
        entry["scores"].update(scores)
    return new


def test_the_same_figures_pass(compare, old):
    done = compare(old)

    assert done.exit_code == 0
    assert "0 worse" in done.stdout


def test_a_rate_that_drops_by_more_than_the_points_fails_and_is_named(compare, old):
    done = compare(changed(old, within_2_px=0.98))

    assert done.exit_code == 1
    assert "eyes track Sure, within_2_px: 100.0 % to 98.0 %" in done.stdout


def test_as_many_points_as_are_allowed_pass(compare, old):
    assert compare(changed(old, within_2_px=0.98), "--points", "2.5").exit_code == 0


def test_closed_eyes_called_sure_are_a_regression(compare, old):
    done = compare(changed(old, false_alarms=1))

    assert done.exit_code == 1
    assert "closed eyes called sure: 0.0 % to 100.0 %" in done.stdout


def test_a_figure_that_is_gone_is_a_regression(compare, old):
    done = compare(changed(old, precision_2_px=None))

    assert done.exit_code == 1
    assert "precision_2_px: 100.0 % to nothing" in done.stdout


def test_a_better_figure_is_mentioned_and_passes(compare, bench, old, tmp_path):
    compare(changed(old, within_1_px=0.5))

    done = bench("compare", tmp_path / "new.json", tmp_path / "old.json")

    assert done.exit_code == 0
    assert "better  eyes track Sure, within_1_px: 50.0 % to 100.0 %" in done.stdout


def test_times_are_not_compared(compare, old):
    slow = {"median": 900.0, "p95": 900.0, "p99": 900.0}

    assert compare(changed(old, ms=slow)).exit_code == 0


def test_a_figure_that_is_no_number_is_a_sentence(compare, old):
    done = compare(changed(old, within_2_px="most"))

    assert done.exit_code == 1
    assert "within_2_px is 'most', not a number" in done.stderr


def test_a_set_that_is_missing_is_refused(compare, old):
    new = copy.deepcopy(old)
    new["results"].pop()

    done = compare(new)

    assert done.exit_code == 1
    assert "the new file has no figures for eyes track Sure" in done.stderr


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "results": [{}]}'])
def test_a_file_without_figures_is_a_sentence(bench, tmp_path, content):
    (tmp_path / "old.json").write_text(content)

    done = bench("compare", tmp_path / "old.json", tmp_path / "old.json")

    assert done.exit_code == 1
    assert "holds no figures of gazed bench detect --json" in done.stderr


def test_an_old_file_without_rates_guards_nothing_and_is_refused(compare, bench, old, tmp_path):
    compare(old)
    (tmp_path / "none.json").write_text(json.dumps({**old, "results": []}))

    done = bench("compare", tmp_path / "none.json", tmp_path / "new.json")

    assert done.exit_code == 1
    assert "no rates to compare" in done.stderr


def test_a_file_of_another_format_is_a_sentence(compare, old):
    done = compare({**old, "format": 99})

    assert done.exit_code == 1
    assert "is of format 99 and this is 1" in done.stderr
