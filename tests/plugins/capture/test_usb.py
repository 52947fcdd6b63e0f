"""What Linux's files say of cameras, on false trees."""

from __future__ import annotations

import os

import pytest
from device_trees import Tree

from gazed_plugins.capture.usb import (
    Holder,
    accessible,
    holders,
    usb_cameras,
    video_nodes,
)


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path)


def test_a_camera_is_known_by_its_port_serial_and_nodes(tree):
    tree.camera("1-4.2", 1, 7, serial="0123", video=2)

    (camera,) = usb_cameras(tree.root)

    assert (camera.port, camera.bus, camera.address) == ("1-4.2", 1, 7)
    assert (camera.name, camera.serial, camera.speed) == ("Pupil Cam2 ID0", "0123", 480.0)
    assert camera.nodes == ("/dev/bus/usb/001/007", "/dev/video2")


def test_a_device_without_video_is_no_camera(tree):
    tree.camera("1-1", 1, 2, name="keyboard", kind="03")

    assert usb_cameras(tree.root) == []


def test_only_nodes_that_capture_are_listed_in_the_order_of_their_numbers(tree):
    tree.camera("1-2", 1, 3, name="late", video=10)
    tree.camera("1-1", 1, 2, name="early", video=2)

    nodes = video_nodes(tree.root)

    assert [node.path for node in nodes] == ["/dev/video2", "/dev/video10"]
    assert [(node.name, node.port) for node in nodes] == [("early", "1-1"), ("late", "1-2")]


def test_a_video_node_that_is_on_no_usb_bus_has_no_port(tree):
    virtual = tree.root / "sys/devices/virtual/video4linux/loop"
    virtual.mkdir(parents=True)
    tree.video(0, "Loopback", virtual)

    assert video_nodes(tree.root)[0].port == ""


def test_who_holds_a_camera_is_found_by_its_open_files(tree):
    tree.process(40, "cheese", "/dev/null", "/dev/video2")
    tree.process(
        41, "python3", "/dev/bus/usb/001/007", command=("python", "-m", "gazed.host", "eye0")
    )
    tree.process(42, "bash", "/dev/pts/0")

    found = holders(["/dev/bus/usb/001/007", "/dev/video2"], tree.root)

    assert found == [Holder(40, "cheese"), Holder(41, "gazed eye0")]
    assert str(found[1]) == "gazed eye0 (process 41)"


def test_where_there_are_no_such_files_nothing_is_found(tmp_path):
    assert usb_cameras(tmp_path) == []
    assert video_nodes(tmp_path) == []
    assert holders(["/dev/video0"], tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights of this kind are not here")
def test_rights_are_those_of_this_user(tmp_path):
    node = tmp_path / "node"
    assert not accessible(str(node))

    node.touch(0o600)
    assert accessible(str(node))
    node.chmod(0)
    assert accessible(str(node)) == (os.geteuid() == 0)
