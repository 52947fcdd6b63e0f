"""Half an hour in the life of two cameras, in pretended time: 200 faults, one after another."""

from __future__ import annotations

import gc
import random
import threading

import psutil
import pytest

MINUTES = 30
FAULTS = 200
RATE = 15
SETTLED = 4.0
LONGEST_FAULT = 5.0
# What each trouble may be reported as, whether it hits an open camera or one that is opened.
CAUSES = {
    "unplug": {"unplugged", "not_found"},
    "stall": {"stalled"},
    "truncated": {"bad_picture"},
    "no_end": {"bad_picture"},
    "bad_header": {"bad_picture"},
    "io_error": {"broken"},
    "busy": {"busy"},
    "no_rights_by_driver": {"no_rights"},
    "no_bandwidth": {"no_bandwidth"},
    "no_bandwidth_by_code": {"no_bandwidth"},
    "wrong_mode": {"wrong_mode"},
}
# These show only when a camera is opened, so that it is plugged in anew with them.
AT_OPENING = {"busy", "no_rights_by_driver", "no_bandwidth", "no_bandwidth_by_code", "wrong_mode"}
CLOCKS = ["", "", "zero", "nan", "backwards", "jumping"]


class Eye:
    """One eye, its camera's faults, and all that must hold of its frames."""

    def __init__(self, rig, rng: random.Random) -> None:
        self.rig = rig
        self.rng = rng
        self.last = -1.0
        self.frames = 0
        self.longest_recovery = 0.0

    def live(self, seconds: float) -> None:
        for frame in self.rig.run(seconds):
            self._check(frame)

    def suffer(self, trouble: str) -> None:
        """Have one fault, and be back in time with its cause reported."""
        told = len(self.rig.bench.notifications)
        self._begin(trouble)
        self.live(self.rng.uniform(1.5, LONGEST_FAULT))
        self._end(trouble)
        cured = self.rig.world.now()
        self.live(SETTLED)

        news = self.rig.bench.notifications[told:]
        causes = {sent.fields["code"] for sent in news if "code" in sent.fields}
        assert causes & CAUSES[trouble], (trouble, causes)
        streaming = [sent.fields for sent in news if sent.name == "capture.streaming"]
        assert streaming, trouble
        if trouble == "unplug" or trouble in AT_OPENING:
            self.longest_recovery = max(self.longest_recovery, streaming[-1]["timestamp"] - cured)

    def _begin(self, trouble: str) -> None:
        camera = self.rig.camera
        if trouble == "unplug" or trouble in AT_OPENING:
            camera.unplug()
            self.live(1.0)
        if trouble != "unplug":
            camera.trouble = trouble
        if trouble in AT_OPENING:
            camera.plug()

    def _end(self, trouble: str) -> None:
        camera = self.rig.camera
        camera.trouble = ""
        if trouble == "unplug":
            camera.clock_offset = self.rng.choice([0.0, self.rng.uniform(-900.0, 1e6)])
            camera.clock_rate = 1 + self.rng.uniform(-1e-4, 1e-4) * (camera.clock_offset != 0)
            camera.clock_garbage = self.rng.choice(CLOCKS)
            camera.plug()

    def _check(self, frame) -> None:
        assert self.last < frame.timestamp <= frame.received
        assert frame.received - frame.timestamp < self.rig.camera.latency + 0.002
        assert frame.received <= self.rig.bench.clock.now()
        assert frame.gray.shape == (64, 64)
        assert frame.gray.mean() > 50
        self.last = frame.timestamp
        self.frames += 1


@pytest.mark.timeout(180)
def test_half_an_hour_with_two_hundred_faults(rig, fake_uvc):
    rng = random.Random(2026)
    eyes = []
    for eye in (0, 1):
        camera = fake_uvc.FakeCamera(
            f"Pupil Cam2 ID{eye}", f"000{eye}", address=5 + eye, modes=[[64, 64, RATE]]
        )
        eyes.append(Eye(rig(camera, eye=eye, frame_size=[64, 64], frame_rate=RATE), rng))
    faults = [trouble for trouble in CAUSES for _ in range(FAULTS // len(CAUSES) + 1)][:FAULTS]
    rng.shuffle(faults)
    calm = MINUTES * 60 * len(eyes) / FAULTS
    for eye in eyes:
        eye.live(5.0)
    threads, memory = threading.active_count(), _memory()

    for number, trouble in enumerate(faults):
        eye = eyes[number % 2]
        began = eye.rig.world.now()
        eye.suffer(trouble)
        eye.live(calm - (eye.rig.world.now() - began))

    for eye in eyes:
        assert eye.rig.world.now() >= 1000.0 + MINUTES * 60
        assert eye.frames > 0.6 * MINUTES * 60 * RATE
        assert eye.longest_recovery < 1.0
        assert eye.rig.world.opened <= 1
        assert len(eye.rig.grabber.inbox) == 0
    assert threading.active_count() == threads
    assert not psutil.Process().children()
    assert _memory() - memory < 8_000_000


def _memory() -> int:
    gc.collect()
    return psutil.Process().memory_info().rss
