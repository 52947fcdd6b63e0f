"""The modes that Linux's video driver lists, with a driver that answers as it is told."""

from __future__ import annotations

import struct

from gazed_plugins.capture.cameras import Mode
from gazed_plugins.capture.v4l2_modes import modes_by, modes_of

MJPG, YUYV = 0x47504A4D, 0x56595559


class Driver:
    """Answers as the kernel does, for ``sizes`` {format: [(width, height, [rates])]}."""

    def __init__(self, sizes, stepwise=False) -> None:
        self._sizes = sizes
        self._kind = 2 if stepwise else 1

    def __call__(self, descriptor, request, data):
        answer = {2: self._format, 74: self._size, 75: self._rate}[request & 0xFF]
        assert request >> 16 & 0x3FFF == len(data)
        try:
            answer(struct.unpack_from("=I", data)[0], data)
        except IndexError:
            raise OSError(22, "Invalid argument") from None
        return 0

    def _format(self, index, data):
        struct.pack_into("=I", data, 44, list(self._sizes)[index])

    def _size(self, index, data):
        (code,) = struct.unpack_from("=I", data, 4)
        width, height, _ = self._sizes[code][index]
        if self._kind == 1:
            struct.pack_into("=3I", data, 8, 1, width, height)
        else:
            struct.pack_into("=7I", data, 8, 2, 16, width, 16, 16, height, 16)

    def _rate(self, index, data):
        code, width, height = struct.unpack_from("=3I", data, 4)
        rates = next(entry[2] for entry in self._sizes[code] if entry[:2] == (width, height))
        struct.pack_into("=3I", data, 16, self._kind, 1, rates[index])


def test_every_size_is_listed_once_with_its_rates():
    driver = Driver(
        {
            MJPG: [(192, 192, [120, 200]), (640, 480, [30])],
            YUYV: [(640, 480, [30, 15])],
        }
    )

    assert modes_by(0, driver) == (
        Mode(192, 192, 120.0),
        Mode(192, 192, 200.0),
        Mode(640, 480, 15.0),
        Mode(640, 480, 30.0),
    )


def test_of_sizes_in_steps_the_largest_stands_for_all():
    driver = Driver({MJPG: [(640, 480, [30])]}, stepwise=True)

    assert modes_by(0, driver) == (Mode(640, 480, 30.0),)


def test_what_is_no_camera_offers_nothing(tmp_path):
    (tmp_path / "file").touch()

    assert modes_of(str(tmp_path / "file")) == ()
    assert modes_of(str(tmp_path / "gone")) == ()
