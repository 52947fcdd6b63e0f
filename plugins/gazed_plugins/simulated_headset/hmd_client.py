"""A headset's application, simulated: it speaks to the service as hmd-eyes does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from gazed import Client, Fields, GazedError, Point
from gazed_plugins.simulated_headset.viewport import norm_pos_of, point_at_norm_pos

NINE_TARGETS: tuple[Point, ...] = tuple(
    (x, y) for y in (0.38, 0.5, 0.62) for x in (0.38, 0.5, 0.62)
)
DISTANCE_MM = 1000.0
_SETTLE_SECONDS = 0.6
_SAMPLE_SECONDS = 0.5
_SAMPLES = 20
_SYNC_ROUNDS = 20
_RESULTS = ("notify.calibration.successful", "notify.calibration.failed")

MessageHandler = Callable[[str, Fields], None]


class SimulatedHMD:
    """Connects, keeps time, shows targets, calibrates (spec: clients 1).

    ``on_message`` gets every message that arrives while the application waits. The wearer
    learns of targets by ``simulated_headset.target``, as real eyes learn by the display.
    """

    def __init__(self, client: Client, on_message: MessageHandler = lambda *_: None) -> None:
        self.on_message = on_message
        self._client = client
        self._offset = 0.0

    def connect(self) -> None:
        """Do what hmd-eyes does on connecting: ports, version, eyes, mode, time."""
        for request in ("SUB_PORT", "PUB_PORT", "v"):
            self._client.request(request)
        for eye in (1, 0):
            self._client.notify(f"eye_process.should_start.{eye}", eye_id=eye, delay=0.1)
        self._client.notify("set_detection_mapping_mode", mode="2d")
        self._offset = min(self._measured_offset() for _ in range(_SYNC_ROUNDS))[1]

    def now(self) -> float:
        """Return the service's time by this application's own clock."""
        return time.monotonic() + self._offset

    def show(self, place: Point) -> None:
        """Show a target at a place of the display."""
        position = point_at_norm_pos(place, DISTANCE_MM)
        self._client.notify("simulated_headset.target", position=list(position))

    def calibrate(self, targets: Sequence[Point] = NINE_TARGETS) -> Fields:
        """Show all targets, send the references and return the result's fields.

        Raises GazedError when no result comes.
        """
        self._client.subscribe("notify.calibration.")
        self._client.start_plugin("HMD_Calibration")
        self._client.notify(
            "calibration.should_start",
            hmd_video_frame_size=[1000, 1000],
            outlier_threshold=35,
            record=True,
        )
        for target in targets:
            self._client.publish("notify.calibration.add_ref_data", self._references(target))
        return self._result()

    def wait(self, seconds: float) -> None:
        """Let time pass, handling what arrives."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self._client.receive(left)
            if message:
                self.on_message(message[0], message[1])

    def _references(self, target: Point) -> Fields:
        self.show(target)
        self.wait(_SETTLE_SECONDS)
        references = []
        for _ in range(_SAMPLES):
            self.wait(_SAMPLE_SECONDS / _SAMPLES)
            references += self._sample(target)
        return {"subject": "calibration.add_ref_data", "ref_data": references, "record": True}

    def _sample(self, target: Point) -> list[Fields]:
        point, now = point_at_norm_pos(target, DISTANCE_MM), self.now()
        return [
            {"norm_pos": list(norm_pos_of(point, eye)), "timestamp": now, "id": eye}
            for eye in (0, 1)
        ]

    def _result(self) -> Fields:
        self.wait(_SAMPLE_SECONDS)  # the references go another way than the stop
        self._client.notify("calibration.should_stop")
        end = time.monotonic() + 15
        while (left := end - time.monotonic()) > 0:
            message = self._client.receive(left)
            if message and message[0] in _RESULTS:
                return {**message[1], "successful": message[0].endswith("successful")}
            if message:
                self.on_message(message[0], message[1])
        raise GazedError("the calibration ended without a result; see the service's log")

    def _measured_offset(self) -> tuple[float, float]:
        before = time.monotonic()
        answer = self._client.time()
        after = time.monotonic()
        return after - before, answer - (before + after) / 2
