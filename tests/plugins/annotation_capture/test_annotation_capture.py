"""Annotations in the log."""

import logging

import pytest

from gazed_plugins.annotation_capture import AnnotationCapture


@pytest.fixture
def lines(bench, caplog):
    caplog.set_level(logging.INFO)
    bench.start(AnnotationCapture)
    bench.clock.set(10.0)
    return lambda: [record.getMessage() for record in caplog.records]


def test_an_annotation_is_logged_with_its_age(bench, lines):
    bench.deliver("annotation", {"label": "trigger", "timestamp": 8.5, "duration": 0.5, "trial": 3})

    assert lines() == ["trigger annotation (1.500 seconds ago)"]


def test_an_annotation_needs_no_duration_and_no_exact_topic(bench, lines):
    bench.deliver("annotation.matlab", {"label": "trigger", "timestamp": 10})

    assert lines() == ["trigger annotation (0.000 seconds ago)"]


def test_an_annotation_may_come_as_a_notification(bench, lines):
    bench.send("annotation", label="old", timestamp=9.0, duration=0.0, source="x", record=True)

    assert lines() == ["old annotation (1.000 seconds ago)"]


def test_annotations_are_not_sent_again(bench, lines):
    bench.deliver("annotation", {"label": "trigger", "timestamp": 8.5})

    assert bench.published == []
    assert bench.notifications == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"timestamp": 1.0}, "the annotation has no label"),
        ({"label": "x"}, "the annotation 'x' has no timestamp"),
    ],
)
def test_an_annotation_without_label_or_timestamp_is_dropped(bench, lines, fields, reason):
    bench.deliver("annotation", fields)

    assert bench.bad_messages == [reason]
    assert lines() == []
