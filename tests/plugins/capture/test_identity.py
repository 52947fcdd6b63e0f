"""Which camera becomes which eye, and that it never becomes another's behind a user's back."""

from __future__ import annotations

import pytest

from gazed import PluginError
from gazed_plugins.capture.cameras import CameraInfo
from gazed_plugins.capture.faults import Ambiguous, NotFound
from gazed_plugins.capture.identity import Binding, choose, parse

RIGHT = CameraInfo("Pupil Cam2 ID0", serial="A1", port="1-1", key="1:4", backend="uvc")
LEFT = CameraInfo("Pupil Cam2 ID1", serial="A2", port="1-2", key="1:5", backend="uvc")
WEBCAM = CameraInfo("HD-6000", serial="W", port="2-1", key="2:2", backend="uvc")
# A second headset of the same make: the same names, other sockets.
OTHER_RIGHT = CameraInfo("Pupil Cam2 ID0", serial="B1", port="3-1", key="3:4", backend="uvc")
OTHER_LEFT = CameraInfo("Pupil Cam2 ID1", serial="B2", port="3-2", key="3:5", backend="uvc")
ONE_HEADSET = [RIGHT, LEFT, WEBCAM]
TWO_HEADSETS = [RIGHT, LEFT, OTHER_RIGHT, OTHER_LEFT]


@pytest.mark.parametrize(("eye", "camera"), [(0, RIGHT), (1, LEFT)])
def test_without_a_reference_the_usual_names_decide(eye, camera):
    assert choose(parse(""), eye, ONE_HEADSET) is camera


def test_a_web_camera_serves_the_right_eye_only_where_no_headset_is():
    assert choose(parse(""), 0, [WEBCAM]) is WEBCAM
    with pytest.raises(NotFound):
        choose(parse(""), 1, [WEBCAM])


@pytest.mark.parametrize(
    ("text", "camera"),
    [
        ("serial:B1", OTHER_RIGHT),
        ("port:3-2", OTHER_LEFT),
        ("key:1:4", RIGHT),
        ("serial: A2 ", LEFT),
    ],
)
def test_a_serial_or_a_port_picks_one_out_of_two_headsets(text, camera):
    assert choose(parse(text), 0, TWO_HEADSETS) is camera


def test_a_whole_name_goes_before_parts_of_names():
    longer = CameraInfo("Pupil Cam2 ID0 (copy)", port="9-9")

    assert choose(parse("name:Pupil Cam2 ID0"), 0, [longer, RIGHT]) is RIGHT
    assert choose(parse("name:copy"), 0, [longer, RIGHT]) is longer


def test_two_of_one_name_are_refused_with_the_list_and_the_remedy():
    with pytest.raises(Ambiguous) as refusal:
        choose(parse(""), 0, TWO_HEADSETS)

    said = str(refusal.value)
    assert said.startswith("more than one camera is the one for eye0 (Pupil Cam3 ID0")
    assert "serial A1, port 1-1" in said
    assert "serial B1, port 3-1" in said
    assert 'cameras = { eye0 = "serial:A1" }' in said


def test_equal_serials_are_told_apart_by_port_and_the_remedy_says_so():
    twins = [CameraInfo("Cam", "SN1", port, key=port) for port in ("1-1", "1-2")]

    with pytest.raises(Ambiguous, match='"port:1-1"'):
        choose(parse("serial:SN1"), 0, twins)


def test_two_models_that_both_have_the_usual_name_are_not_guessed_between():
    with pytest.raises(Ambiguous):
        choose(parse(""), 0, [RIGHT, CameraInfo("Pupil Cam3 ID0", serial="C", port="4-1")])


def test_what_is_not_there_is_said_with_what_is():
    with pytest.raises(NotFound) as refusal:
        choose(parse("serial:zz"), 0, ONE_HEADSET)

    assert "no camera with serial:zz" in str(refusal.value)
    assert "Pupil Cam2 ID1 (serial A2, port 1-2)" in str(refusal.value)


def test_other_usual_names_are_tried_in_their_order():
    assert choose(parse(""), 0, ONE_HEADSET, ["nothing", "HD", "Pupil"]) is WEBCAM


@pytest.mark.parametrize("text", ["A1", "serial:", "usb:1-1", ":", "serial"])
def test_a_reference_that_says_nothing_is_refused_with_the_forms_there_are(text):
    with pytest.raises(PluginError, match=r"port:1-4\.2"):
        parse(text)


def test_once_chosen_by_name_a_camera_is_never_exchanged_for_another():
    binding = Binding("", 0)
    binding.bind(binding.choose([RIGHT, LEFT]))

    with pytest.raises(NotFound, match="no other one is taken for it"):
        binding.choose([OTHER_RIGHT, OTHER_LEFT])


def test_it_is_known_again_in_another_port_and_beside_its_twin():
    binding = Binding("", 0)
    binding.bind(binding.choose([RIGHT]))
    moved = CameraInfo(RIGHT.name, RIGHT.serial, "5-1", "5:9")

    assert binding.choose([OTHER_RIGHT, moved]) is moved


def test_cameras_that_share_a_serial_are_known_again_by_their_port():
    twins = [CameraInfo("Cam ID0", "SN1", port, key=port) for port in ("1-1", "1-2")]
    binding = Binding("name:Cam", 0)
    binding.bind(twins[1])

    assert binding.choose(twins) is twins[1]


def test_without_a_serial_the_port_is_what_it_is_known_by():
    bare = CameraInfo("Cam ID0", port="1-1", key="a")
    binding = Binding("name:Cam", 0)
    binding.bind(bare)

    with pytest.raises(NotFound):
        binding.choose([CameraInfo("Cam ID0", port="1-2", key="a")])
    assert binding.choose([CameraInfo("Cam ID0", port="1-1", key="b")]).key == "b"


def test_where_serials_and_ports_are_unknown_it_is_known_again_by_its_name():
    """Keys change whenever a camera is plugged in anew."""
    binding = Binding("", 0)
    unchanged = CameraInfo("Pupil Cam2 ID0", key="1:4")
    binding.bind(unchanged)
    again = [CameraInfo("Pupil Cam2 ID0", key=key) for key in ("1:9", "1:10")]

    assert binding.choose(again[:1]) is again[0]
    assert binding.choose([*again, unchanged]) is unchanged
    with pytest.raises(Ambiguous):
        binding.choose(again)


def test_a_key_that_was_asked_for_means_no_other_one_of_its_name():
    binding = Binding("key:1:4", 0)
    binding.bind(CameraInfo("Webcam", key="1:4"))

    with pytest.raises(NotFound):
        binding.choose([CameraInfo("Webcam", key="1:9")])


def test_a_port_goes_on_to_mean_whatever_is_plugged_in_there():
    binding = Binding("port:1-1", 0)
    binding.bind(binding.choose([RIGHT]))
    spare = CameraInfo(RIGHT.name, "spare", "1-1", "1:9")

    assert binding.choose([spare]) is spare
