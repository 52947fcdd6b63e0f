"""UVC_Source on the fake ``uvc``, in pretended time: modes, controls, faults, times."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from gazed import ArgumentError, PluginError
from gazed_plugins.capture.uvc_source import UVCSource

CAM2 = "Pupil Cam2 ID0"


def told(rig, subject):
    return [sent.fields for sent in rig.bench.notifications if sent.name == subject]


# Modes


def test_the_camera_runs_in_the_mode_that_was_asked_for(rig):
    eye = rig(frame_size=[400, 400], frame_rate=120)

    streaming = eye.until("capture.streaming")
    frames = eye.run(1.0)

    assert (streaming["frame_size"], streaming["frame_rate"]) == ([400, 400], 120.0)
    assert streaming["notes"] == []
    assert len(frames) == pytest.approx(120, abs=2)
    assert frames[0].gray.shape == (400, 400)


@pytest.mark.parametrize(
    ("size", "rate", "got"),
    [
        ([320, 240], 120, ([192, 192], 120.0)),
        ([640, 480], 60, ([400, 400], 60.0)),
        ([192, 192], 90, ([192, 192], 120.0)),
        ([200, 200], 500, ([192, 192], 200.0)),
    ],
)
def test_the_nearest_mode_is_taken_and_said(rig, size, rate, got):
    eye = rig(frame_size=size, frame_rate=rate)

    streaming = eye.until("capture.streaming")

    assert (streaming["frame_size"], streaming["frame_rate"]) == got
    (note,) = streaming["notes"]
    assert f"{size[0]}x{size[1]} at {rate} fps" in note
    assert "400x400 at 120 fps" in note


def test_a_cam2_with_a_320_mode_still_runs_192_when_asked_for_the_old_default(rig, fake_uvc):
    modes = [[320, 240, 120], [192, 192, 120]]
    cam2, other = fake_uvc.FakeCamera(modes=modes), fake_uvc.FakeCamera("A camera", modes=modes)

    sizes = [
        rig(camera, frame_size=[320, 240], frame_rate=120, name=camera.name).until(
            "capture.streaming"
        )["frame_size"]
        for camera in (cam2, other)
    ]

    assert sizes == [[192, 192], [320, 240]]


def test_the_mode_changes_while_pictures_come(rig):
    eye = rig()
    eye.run(0.5)

    answer = eye.ask("capture.should_set_mode", frame_size=[400, 400], frame_rate=60)
    frames = eye.run(1.0)

    assert answer == answer | {"frame_size": [400, 400], "frame_rate": 60.0, "eye_id": 0}
    assert {frame.gray.shape for frame in frames} == {(400, 400)}
    assert told(eye, "capture.streaming")[-1]["frame_size"] == [400, 400]


@pytest.mark.parametrize(
    ("size", "rate", "reason"),
    [
        ([40, 40], 120, "does not offer 40x40 at 120 fps"),
        ([192, 192], 121, "does not offer"),
        ("big", 120, "frame_size must be"),
        ([192, 192], -1, "frame_rate a number"),
    ],
)
def test_a_wrong_mode_is_refused_and_the_old_one_kept(rig, size, rate, reason):
    eye = rig()
    eye.run(0.5)

    answer = eye.ask("capture.should_set_mode", frame_size=size, frame_rate=rate)
    frames = eye.run(0.5)

    assert reason in answer["reason"]
    assert answer["request"] == "capture.should_set_mode"
    assert len(frames) == pytest.approx(100, abs=3)
    assert frames[-1].gray.shape == (192, 192)


def test_a_mode_that_the_camera_does_not_take_is_refused_and_the_old_one_kept(rig):
    eye = rig()
    eye.run(0.5)
    eye.camera.modes.append([640, 480, 30])

    answer = eye.ask("capture.should_set_mode", frame_size=[640, 480], frame_rate=30)

    assert "does not offer" in answer["reason"]
    assert len(eye.run(0.5)) == pytest.approx(100, abs=3)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda camera: camera.unplug(), "unplugged"),
        (lambda camera: setattr(camera, "trouble", "wrong_mode"), "wrong_mode"),
    ],
)
def test_a_camera_that_takes_no_mode_any_more_is_lost_and_comes_back(rig, happens, code):
    eye = rig()
    eye.run(0.2)
    happens(eye.camera)

    answer = eye.ask("capture.should_set_mode", frame_size=[400, 400], frame_rate=120)
    lost = told(eye, "capture.lost")
    eye.camera.trouble = ""
    eye.camera.plug()

    assert answer["request"] == "capture.should_set_mode"
    assert [fields["code"] for fields in lost] == [code]
    assert eye.until("capture.streaming")["frame_size"] == [192, 192]


# Controls


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Pupil Cam1 ID0",
            {
                "Auto Exposure Priority": 0,
                "Auto Exposure Mode": 1,
                "Saturation": 0,
                "Absolute Exposure Time": 63,
                "Backlight Compensation": 2,
                "Gamma": 100,
            },
        ),
        ("Pupil Cam1 ID2", {"Auto Exposure Priority": 1}),
        (
            CAM2,
            {
                "Auto Exposure Priority": 0,
                "Auto Exposure Mode": 1,
                "Saturation": 0,
                "Gamma": 200,
                "Absolute Exposure Time": 28,
            },
        ),
        ("Pupil Cam3 ID0", {"Gamma": 200, "Absolute Exposure Time": 28}),
        ("HD-6000", {"Auto Focus": 0}),
    ],
)
def test_each_model_gets_its_settings_at_the_start(rig, fake_uvc, name, expected):
    eye = rig(fake_uvc.FakeCamera(name), name=name)

    eye.until("capture.streaming")

    assert eye.camera.values == eye.camera.values | expected
    if name == "HD-6000":
        assert eye.camera.values == expected


@pytest.mark.parametrize(
    ("name", "factor"),
    [("Pupil Cam1 ID0", 1.3), ("Pupil Cam1 ID2", 2.0), (CAM2, 2.0), ("HD-6000", 2.0)],
)
def test_each_model_gets_its_bandwidth_factor(rig, fake_uvc, name, factor):
    eye = rig(fake_uvc.FakeCamera(name), name=name)

    eye.until("capture.streaming")

    assert eye.camera.opened_by.bandwidth_factor == factor


def test_all_controls_are_listed_with_their_range_and_choices(rig):
    eye = rig()
    eye.run(0.1)

    report = eye.ask("capture.should_report")

    controls = {control["name"]: control for control in report["controls"]}
    assert len(controls) == 12
    gamma = {"value": 200, "min": 72, "max": 500, "step": 1, "default": 100}
    assert controls["Gamma"] == controls["Gamma"] | gamma
    assert controls["Auto Exposure Mode"]["choices"]["manual mode"] == 1
    assert report["modes"][0] == {"frame_size": [192, 192], "frame_rate": 30.0}


def test_a_control_is_set_and_set_again_after_the_camera_was_plugged_in_anew(rig):
    eye = rig()
    eye.run(0.2)

    answer = eye.ask("capture.should_set_control", name="Gamma", value=150)
    eye.camera.unplug()
    eye.until("capture.lost")
    eye.camera.plug()
    assert eye.camera.values == {}
    eye.until("capture.streaming")

    assert (answer["name"], answer["value"]) == ("Gamma", 150)
    assert eye.camera.values["Gamma"] == 150
    assert eye.camera.values["Saturation"] == 0


def test_a_control_with_named_values_takes_a_name(rig):
    eye = rig()
    eye.run(0.2)

    answer = eye.ask("capture.should_set_control", name="Auto Exposure Mode", value="auto mode")

    assert answer["value"] == 2


@pytest.mark.parametrize(
    ("name", "value", "reason", "known"),
    [
        ("Gum", 1, "no control 'Gum'", "Gamma"),
        ("Gamma", 501, "from 72 to 500; 501 is outside", 500),
        ("Gamma", "much", "takes a whole number, not 'much'", 72),
        ("Gamma", 100.5, "takes a whole number", 72),
        ("Gamma", None, "takes a whole number", 72),
        ("Auto Exposure Mode", 3, "no choice 3", None),
        ("Hue", 5, "did not take 5 for Hue; it has 0", 0),
    ],
)
def test_a_control_that_cannot_be_set_is_refused_and_stays(
    rig, fake_uvc, name, value, reason, known
):
    eye = rig(fake_uvc.FakeCamera(sticky=["Hue"]))
    eye.run(0.2)
    before = dict(eye.camera.values)

    answer = eye.ask("capture.should_set_control", name=name, value=value)

    assert reason in answer["reason"]
    assert answer["eye_id"] == 0
    assert known is None or known in answer["known"]
    assert eye.camera.values == before
    assert len(eye.run(0.2)) > 30


def test_a_control_set_on_a_camera_just_unplugged_is_refused(rig):
    eye = rig()
    eye.run(0.2)
    eye.camera.unplug()

    answer = eye.ask("capture.should_set_control", name="Gamma", value=150)
    eye.camera.plug()
    eye.until("capture.streaming")

    assert "does not answer about Gamma" in answer["reason"]
    assert eye.camera.values["Gamma"] == 200


def test_a_request_without_a_name_is_refused(rig):
    eye = rig()
    eye.run(0.2)

    assert "'name' is missing" in eye.ask("capture.should_set_control", value=1)["reason"]


def test_a_request_for_the_other_eye_is_left_alone(rig):
    eye = rig()
    eye.run(0.2)

    eye.bench.send("capture.should_set_control", eye_id=1, name="Gamma", value=150)
    eye.run(0.2)

    assert eye.camera.values["Gamma"] == 200
    assert not told(eye, "capture.control_set")


def test_a_request_without_a_camera_is_refused(rig):
    eye = rig()
    eye.camera.unplug()
    eye.run(0.2)

    answer = eye.ask("capture.should_set_control", name="Gamma", value=150)

    assert "no camera is open" in answer["reason"]


def test_controls_given_at_the_start_are_set_and_those_that_cannot_be_are_said(rig):
    eye = rig(uvc_controls={"Gamma": 300, "Gum": 1, "Contrast": 1000, "Absolute Exposure Time": 9})

    streaming = eye.until("capture.streaming")

    assert (eye.camera.values["Gamma"], eye.camera.values["Absolute Exposure Time"]) == (300, 9)
    assert len(streaming["notes"]) == 2
    assert "'Gum'" in streaming["notes"][0]
    assert "Contrast is from 0 to 64" in streaming["notes"][1]


def test_settings_a_model_lacks_are_left_out_without_a_word(rig, fake_uvc):
    eye = rig(fake_uvc.FakeCamera(lacks=["Gamma", "Saturation"]))

    assert eye.until("capture.streaming")["notes"] == []


# Exposure


@pytest.mark.parametrize("brightness", [0.3, 3.0])
def test_the_exposure_follows_the_light(rig, fake_uvc, brightness):
    camera = fake_uvc.FakeCamera(modes=[[192, 192, 120]])
    camera.light = brightness
    eye = rig(camera, frame_rate=120)
    eye.run(0.1)

    frames = eye.run(3.0)

    exposure, mean = camera.values["Absolute Exposure Time"], frames[-1].gray.mean()
    assert 90 <= mean <= 150 or exposure == 32


def test_the_exposure_stays_below_what_the_rate_allows(rig, fake_uvc):
    for rate, limit in ((200, 28), (120, 32)):
        camera = fake_uvc.FakeCamera()
        camera.light = 0.1
        eye = rig(camera, frame_rate=rate)
        eye.run(2.0)
        assert camera.values["Absolute Exposure Time"] == limit


@pytest.mark.parametrize("name", ["Absolute Exposure Time", "absolute exposure time"])
def test_an_exposure_set_by_hand_is_left_alone(rig, name):
    eye = rig()
    eye.run(1.0)

    eye.ask("capture.should_set_control", name=name, value=3)
    eye.run(2.0)

    assert eye.camera.values["Absolute Exposure Time"] == 3


def test_manual_exposure_is_never_changed(rig):
    eye = rig(exposure_mode="manual")

    eye.run(2.0)

    assert eye.camera.values["Absolute Exposure Time"] == 28


def test_a_camera_that_does_not_take_exposures_is_said_once(rig, fake_uvc, caplog):
    eye = rig(fake_uvc.FakeCamera(sticky=["Absolute Exposure Time"]))

    eye.run(3.0)

    assert caplog.text.count("the exposure is left as it is") == 1


def test_a_stall_leaves_the_exposure_alone(rig, fake_uvc):
    camera = fake_uvc.FakeCamera(light=3.0)
    eye = rig(camera)
    eye.run(2.0)
    exposure = camera.values["Absolute Exposure Time"]
    camera.trouble = "stall"
    eye.until("capture.stalled")

    camera.trouble = ""
    eye.until("capture.streaming")
    eye.run(0.05)

    assert camera.values["Absolute Exposure Time"] == exposure < 20


def test_the_exposure_is_regulated_again_after_the_camera_was_unplugged(rig, fake_uvc):
    camera = fake_uvc.FakeCamera(light=3.0)
    eye = rig(camera)
    eye.run(1.0)
    camera.unplug()
    eye.bench.plugins["Stepped"]._expose(5)
    eye.run(1.0)
    camera.plug()

    frames = eye.run(3.0)

    assert 90 <= frames[-1].gray.mean() <= 150


# Faults


@pytest.mark.parametrize(
    ("trouble", "code", "remedy"),
    [
        ("busy", "busy", "close the other program"),
        ("no_rights_by_driver", "no_rights", "udev"),
        ("no_bandwidth", "no_bandwidth", "port of its own"),
        ("no_bandwidth_by_code", "no_bandwidth", "port of its own"),
        ("wrong_mode", "wrong_mode", "gazed cameras"),
        ("no_device", "unplugged", "plug it in"),
        ("no_unit", "broken", "another port"),
        ("stall", "stalled", "another cable"),
        ("truncated", "bad_picture", "cable"),
        ("no_end", "bad_picture", "cable"),
        ("bad_header", "bad_picture", "cable"),
        ("io_error", "broken", "unplug"),
    ],
)
def test_each_fault_at_the_start_has_its_sentence_and_is_overcome(rig, trouble, code, remedy):
    eye = rig(frame_rate=30)
    eye.camera.trouble = trouble
    lost = eye.until("capture.lost")
    eye.run(20.0)

    eye.camera.trouble = ""
    cured = eye.world.now()
    streaming = eye.until("capture.streaming")

    assert lost["code"] == code
    assert CAM2 in lost["text"]
    assert remedy in lost["remedy"]
    assert streaming["timestamp"] - cured < (4.0 if code in ("stalled", "bad_picture") else 1.0)
    assert len(told(eye, "capture.lost")) == 1


@pytest.mark.parametrize(
    ("trouble", "code"),
    [("stall", "stalled"), ("truncated", "bad_picture"), ("bad_header", "bad_picture")],
)
def test_a_short_fault_while_streaming_is_a_stall_that_ends_by_itself(rig, trouble, code):
    eye = rig()
    eye.run(1.0)
    eye.camera.trouble = trouble
    stalled = eye.until("capture.stalled")

    eye.camera.trouble = ""
    back = eye.until("capture.streaming", within=0.3)

    assert stalled["code"] == code
    assert back["counters"]["reconnects"] == 0


def test_a_long_stall_gets_the_camera_opened_anew(rig):
    eye = rig()
    eye.run(1.0)
    eye.camera.trouble = "stall"

    lost = eye.until("capture.lost")
    eye.camera.trouble = ""
    back = eye.until("capture.streaming", within=1.0)

    assert lost["code"] == "stalled"
    assert back["counters"]["reconnects"] == 1


@pytest.mark.parametrize("trouble", ["truncated", "wrong_size"])
def test_damaged_pictures_are_counted_and_told_but_never_given_out(rig, trouble):
    eye = rig()
    eye.run(0.5)
    eye.camera.trouble = trouble
    frames = eye.run(0.1)
    eye.camera.trouble = ""
    frames += eye.run(0.5)

    report = eye.ask("capture.should_report")
    assert report["counters"]["decode_errors"] == pytest.approx(20, abs=2)
    assert told(eye, "capture.bad_picture")[0]["code"] == "bad_picture"
    assert len(told(eye, "capture.bad_picture")) == 1
    assert all(frame.gray.mean() > 60 for frame in frames)
    assert {frame.gray.shape for frame in frames} == {(192, 192)}


def test_an_unplugged_camera_is_found_again_under_its_new_address(rig):
    eye = rig()
    eye.run(1.0)
    for _ in range(5):
        eye.camera.unplug()
        lost = eye.until("capture.lost", within=0.6)
        missing = eye.until("capture.looking", within=1.0)
        eye.run(10.0)

        eye.camera.plug()
        plugged = eye.world.now()
        back = eye.until("capture.streaming")

        assert (lost["code"], missing["code"]) == ("unplugged", "not_found")
        assert back["timestamp"] - plugged < 1.0
    assert back["counters"]["reconnects"] == 5


def test_another_camera_of_the_same_name_is_never_taken_instead(rig, fake_uvc):
    eye = rig(fake_uvc.FakeCamera(CAM2, "0001"))
    eye.run(1.0)
    eye.camera.unplug()
    eye.world.cameras.append(fake_uvc.FakeCamera(CAM2, "0002", address=9))

    assert eye.run(5.0)[3:] == []

    eye.camera.plug()
    assert eye.until("capture.streaming")["camera"]["serial"] == "0001"


def test_two_cameras_of_one_name_are_refused_with_the_way_out(rig, fake_uvc):
    eye = rig(fake_uvc.FakeCamera(CAM2, "0001"), fake_uvc.FakeCamera(CAM2, "0002", address=9))

    looking = eye.until("capture.looking")

    assert looking["code"] == "ambiguous"
    assert "0001" in looking["text"]
    assert "0002" in looking["text"]


def test_an_unknown_serial_is_told_with_what_is_there(rig):
    eye = rig(camera="serial:4711")

    looking = eye.until("capture.looking")

    assert looking["code"] == "not_found"
    assert "4711" in looking["text"]
    assert "0001" in looking["text"]


# Times


def test_frames_carry_the_cameras_time_and_the_arrival_beside_it(rig):
    eye = rig()

    frames = eye.run(3.0)[300:]

    delays = [frame.received - frame.timestamp for frame in frames]
    assert np.allclose(delays, 0.008, atol=1e-5)
    assert np.allclose(np.diff([frame.timestamp for frame in frames]), 1 / 200, atol=1e-5)
    assert eye.ask("capture.should_report")["timestamps"] == "device"


@pytest.mark.parametrize("garbage", ["zero", "nan", "backwards", "jumping"])
def test_a_camera_whose_time_is_nonsense_is_stamped_on_arrival(rig, fake_uvc, garbage):
    eye = rig(fake_uvc.FakeCamera(clock_garbage=garbage))

    frames = eye.run(6.0)

    assert all(0 <= frame.received - frame.timestamp < 0.01 for frame in frames)
    times = [frame.timestamp for frame in frames]
    assert times == sorted(set(times))
    assert eye.ask("capture.should_report")["timestamps"] == "received"


@pytest.mark.parametrize(
    ("name", "timestamps", "used"),
    [
        ("HD-6000", "auto", "received"),
        ("HD-6000", "device", "device"),
        (CAM2, "auto", "device"),
        (CAM2, "received", "received"),
    ],
)
def test_whose_time_is_used_can_be_chosen(rig, fake_uvc, name, timestamps, used):
    eye = rig(fake_uvc.FakeCamera(name), name=name, timestamps=timestamps)

    eye.run(3.0)

    assert eye.ask("capture.should_report")["timestamps"] == used


def test_a_reset_of_the_shared_clock_moves_everything_at_once(rig):
    eye = rig()
    eye.run(3.0)

    eye.bench.clock.set(0.0)
    frames = eye.run(1.0)

    assert frames[0].timestamp == pytest.approx(0.0, abs=0.02)
    assert all(0 < frame.received - frame.timestamp < 0.01 for frame in frames)


# Frames


def test_a_frame_carries_the_cameras_own_jpeg_and_its_focal_length(rig):
    eye = rig()

    frame = eye.run(0.5)[-1]

    assert frame.jpeg[:2] == b"\xff\xd8"
    assert frame.bgr is None
    assert frame.gray.flags.c_contiguous
    assert frame.focal_length_px == pytest.approx(283.27, abs=0.01)


def test_live_a_late_reader_gets_the_newest_and_while_recording_every_frame(rig):
    eye = rig()
    eye.run(0.5)
    seen = {}
    for recording in (False, True):
        eye.bench.send(f"recording.{'started' if recording else 'stopped'}")
        dropped = eye.grabber.counters.dropped
        for _ in range(10):
            eye.grabber.step()
        frames = [eye.source.read_frame() for _ in range(10 if recording else 1)]
        indexes = [frame.index for frame in frames]
        assert indexes == list(range(indexes[0], indexes[0] + len(indexes)))
        seen[recording] = (len(frames), eye.grabber.counters.dropped - dropped)

    assert seen == {False: (1, 9), True: (10, 0)}


@pytest.mark.parametrize("runs", [True, False])
def test_a_source_that_starts_late_asks_whether_every_frame_is_recorded(rig, runs):
    eye = rig()
    assert "recording.should_report" in eye.bench.subjects()

    eye.bench.send("recording.report", recording=runs)

    assert eye.grabber.mailbox.every is runs


def test_old_clients_arguments_are_accepted(rig):
    eye = rig(
        frame_size=(192, 192),
        frame_rate=120,
        name=CAM2,
        preferred_names=["Pupil Cam3 ID0", CAM2],
        uid="1:5",
        uvc_controls={"Gamma": 120},
        check_stripes=True,
        exposure_mode="manual",
        source_mode="auto",
    )

    assert eye.until("capture.streaming")["camera"]["name"] == CAM2


def test_a_picture_without_pixels_is_refused(rig):
    with pytest.raises(PluginError, match="frame_size"):
        rig(frame_size=[0, 192])


def test_a_wrong_argument_is_refused(rig):
    with pytest.raises(ArgumentError, match="frame_rate"):
        rig(frame_rate=0)


def test_a_camera_with_mixed_up_lines_is_restarted(rig, fake_uvc):
    eye = rig()
    eye.run(0.5)
    began = eye.camera.opened_by._start
    eye.camera.stripes = True
    eye.run(1.0)

    assert eye.camera.opened_by._start > began


def test_without_pyuvc_the_way_out_is_named(tmp_path, monkeypatch):
    from harness import Bench  # noqa: PLC0415

    monkeypatch.setitem(sys.modules, "uvc", None)
    with Bench(tmp_path, "eye0") as bench, pytest.raises(PluginError, match="Camera_Source"):
        bench.start(UVCSource)


def test_it_runs_in_eye_hosts_only(tmp_path, fake_uvc):
    from harness import Bench  # noqa: PLC0415

    with Bench(tmp_path, "service") as bench, pytest.raises(PluginError, match="eye0 and eye1"):
        bench.start(UVCSource)


# Another camera


def test_another_camera_is_taken_when_a_client_says_so(rig, fake_uvc):
    eye = rig(fake_uvc.FakeCamera(), fake_uvc.FakeCamera("Other", "0002", address=9))
    eye.run(0.5)

    answer = eye.ask("capture.should_set_camera", camera="serial:0002")
    frames = eye.run(0.5)

    assert answer["camera"]["serial"] == "0002"
    assert told(eye, "capture.streaming")[-1]["camera"]["serial"] == "0002"
    assert "frame_size" not in told(eye, "capture.opening")[-1]
    assert len(frames) > 90
    assert eye.world.opened == 1
    times = [frame.timestamp for frame in frames]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    ("camera", "reason"),
    [
        ("serial:4711", "4711"),
        ("serial:0003", "in use"),
        ("name:Twin", "more than one"),
        ("nonsense", "is no camera"),
        (7, "not text"),
    ],
)
def test_a_camera_that_cannot_be_had_is_refused_and_the_old_one_kept(rig, fake_uvc, camera, reason):
    eye = rig(
        fake_uvc.FakeCamera(),
        fake_uvc.FakeCamera("Busy", "0003", address=8, trouble="busy"),
        fake_uvc.FakeCamera("Twin", "0004", address=9),
        fake_uvc.FakeCamera("Twin", "0005", address=10),
    )
    eye.run(0.5)

    answer = eye.ask("capture.should_set_camera", camera=camera)

    assert reason in answer["reason"]
    assert answer["request"] == "capture.should_set_camera"
    assert len(eye.run(0.5)) == pytest.approx(100, abs=3)
    assert len(told(eye, "capture.streaming")) == 1


def test_an_eye_without_a_camera_takes_the_one_it_is_told(rig, fake_uvc):
    eye = rig(fake_uvc.FakeCamera("Other", "0002"))
    eye.run(1.0)

    eye.ask("capture.should_set_camera", camera="name:Other")

    assert eye.run(0.5)
