"""What becomes of gaze between the mapper and the bus."""

from __future__ import annotations

from dataclasses import replace

import msgpack
import pytest
from harness import Bench, a_pupil
from made_gaze import gaze_3d

from gazed import CallFailure, Calls, Gaze, PluginError, gaze_from_wire, hookimpl, pack
from gazed_plugins.gaze import GazePipeline
from gazed_plugins.gaze.view import View


class Looks:
    """Maps every pupil datum to the same point."""

    role = "gaze_mapper"

    def __init__(self, context):
        self.gaze = gaze_3d((60.0, -30.0, 500.0))

    @hookimpl
    def map_gaze(self, pupil):
        return [replace(self.gaze, timestamp=pupil.timestamp)]


class Moves:
    order = 0.6

    def __init__(self, context, by: float = 1.0):
        self._by = by

    @hookimpl
    def refine_gaze(self, gaze):
        x, y, z = gaze.extra["gaze_point_3d"]
        return replace(gaze, extra={**gaze.extra, "gaze_point_3d": [x + self._by, y, z]})


class Doubles(Moves):
    order = 0.4

    @hookimpl
    def refine_gaze(self, gaze):
        point = [2.0 * value for value in gaze.extra["gaze_point_3d"]]
        return replace(gaze, extra={**gaze.extra, "gaze_point_3d": point})


class Ignores:
    def __init__(self, context):
        self.seen: list[Gaze] = []

    @hookimpl
    def refine_gaze(self, gaze):
        self.seen.append(gaze)


class Babbles:
    def __init__(self, context):
        pass

    @hookimpl
    def refine_gaze(self, gaze):
        return {"norm_pos": [0.5, 0.5]}


@pytest.fixture
def mapped(bench: Bench) -> Bench:
    bench.start(GazePipeline)
    bench.start(Looks)
    return bench


def point_of(bench):
    bench.deliver_pupil(a_pupil())
    return bench.data("gaze.")[-1].fields["gaze_point_3d"]


def test_each_plugin_refines_what_the_one_before_it_returned(mapped):
    mapped.start(Moves, by=5.0)
    watcher = mapped.start(Ignores)
    mapped.start(Doubles)

    assert point_of(mapped) == [125.0, -60.0, 1000.0]
    assert watcher.seen[0].extra["gaze_point_3d"] == [120.0, -60.0, 1000.0]


def test_without_such_plugins_gaze_stays_what_the_mapper_said(mapped):
    assert point_of(mapped) == [60.0, -30.0, 500.0]


def test_what_is_no_gaze_is_a_failure_of_the_plugin_that_returned_it(mapped):
    mapped.start(Babbles)

    with pytest.raises(PluginError, match="refine_gaze returned a dict, not a Gaze"):
        mapped.deliver_pupil(a_pupil())


def test_a_plugin_that_raises_is_passed_over():
    class Raises:
        @hookimpl
        def refine_gaze(self, gaze):
            raise ValueError("no more")

    failures: list[CallFailure] = []
    calls = Calls(failures.append, lambda *_: None)
    calls.register("Raises", Raises())
    calls.register("Doubles", Doubles(None))

    refined = calls.through("refine_gaze", {"gaze": gaze_3d((1.0, 2.0, 300.0))})

    assert refined.extra["gaze_point_3d"] == [2.0, 4.0, 600.0]
    assert [(failure.plugin, failure.where) for failure in failures] == [("Raises", "refine_gaze")]


def test_3d_gaze_gets_its_place_in_a_usual_view(mapped):
    mapped.deliver_pupil(a_pupil())

    (sent,) = mapped.data("gaze.")
    assert sent.fields["norm_pos"] == pytest.approx([0.5 + 120 / 1280, 0.5 + 60 / 720])


def test_the_place_is_that_of_the_refined_point(mapped):
    mapped.start(Moves, by=-60.0)

    mapped.deliver_pupil(a_pupil())

    assert mapped.data("gaze.")[0].fields["norm_pos"][0] == pytest.approx(0.5)


def test_the_usual_view_is_an_argument(bench):
    bench.start(GazePipeline, focal_length=500.0, view_size=[1000, 1000])
    bench.start(Looks)

    bench.deliver_pupil(a_pupil())

    assert bench.data("gaze.")[0].fields["norm_pos"] == pytest.approx([0.56, 0.53])


def test_a_reported_world_view_takes_its_place(mapped):
    mapped.send("world_view.report", **View.pinhole(500.0, (1000, 1000)).to_wire())

    mapped.deliver_pupil(a_pupil())

    assert mapped.data("gaze.")[0].fields["norm_pos"] == pytest.approx([0.56, 0.53])


def test_the_pipeline_asks_for_the_world_view_when_it_starts(bench):
    bench.start(GazePipeline)

    assert bench.subjects() == ["world_view.should_report"]


def test_eye_keys_are_text(mapped):
    mapped.deliver_pupil(a_pupil())

    fields = mapped.data("gaze.")[0].fields
    assert list(fields["gaze_normals_3d"]) == list(fields["eye_centers_3d"]) == ["0", "1"]


def test_old_unity_clients_can_have_integer_eye_keys(bench, monkeypatch):
    sent = []
    bench.start(GazePipeline, legacy_gaze_keys=True)
    watcher = bench.start(Ignores)
    bench.start(Looks)
    monkeypatch.setattr(bench, "publish", lambda _topic, fields, _raw: sent.append(pack(fields)))

    bench.deliver_pupil(a_pupil())

    fields = msgpack.unpackb(sent[0], strict_map_key=False)
    assert list(fields["gaze_normals_3d"]) == list(fields["eye_centers_3d"]) == [0, 1]
    assert list(watcher.seen[0].extra["eye_centers_3d"]) == ["0", "1"]
    assert gaze_from_wire(fields["topic"], fields).confidence == 1.0
