"""A headset's application, simulated: it speaks to the service as hmd-eyes does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gazed import Client, Fields, GazedError
from gazed_plugins.simulated_headset.headset import EYES_MM, Vector
from gazed_plugins.simulated_headset.viewport import norm_pos_of, point_at_angles

Kind = Literal["3d", "2d"]
MessageHandler = Callable[[str, Fields], None]

_SYNC_ROUNDS = 20
_ON_THE_WAY = 0.5
_RESULTS = ("notify.calibration.successful", "notify.calibration.failed")
_GRID = [(right, up) for up in (-12.0, 0.0, 12.0) for right in (-12.0, 0.0, 12.0)]
_FAR_MM = 1000.0
# No distance has its three targets on a line.
_DISTANCES_MM = (600.0, 2000.0, 1000.0, 2000.0, 1000.0, 600.0, 600.0, 1000.0, 2000.0)


@dataclass(frozen=True, slots=True)
class Procedure:
    """How a kind of calibration is done: nine targets, and when references are taken of each.

    ``fields`` go with the start. References begin ``skipped`` seconds after a target is shown,
    and there are ``samples`` of them in ``seconds``.
    """

    targets: Sequence[Vector]
    fields: Fields
    skipped: float
    seconds: float
    samples: int


PROCEDURES: dict[Kind, Procedure] = {
    "3d": Procedure(
        [point_at_angles(*place, mm) for place, mm in zip(_GRID, _DISTANCES_MM, strict=True)],
        {f"translation_eye{eye}": list(EYES_MM[eye]) for eye in (0, 1)},
        skipped=0.1,
        seconds=1.0,
        samples=40,
    ),
    "2d": Procedure(
        [point_at_angles(*place, _FAR_MM) for place in _GRID],
        {"hmd_video_frame_size": [1000, 1000], "outlier_threshold": 35},
        skipped=0.6,
        seconds=0.5,
        samples=20,
    ),
}


class SimulatedHMD:
    """Connects, keeps time, shows targets, calibrates (spec: clients 1).

    ``kind`` is that of the calibration. ``on_message`` gets every message that arrives while
    the application waits. The wearer learns of targets by ``simulated_headset.target``, as
    real eyes learn by the display.
    """

    def __init__(
        self, client: Client, kind: Kind = "3d", on_message: MessageHandler = lambda *_: None
    ) -> None:
        self.on_message = on_message
        self.procedure = PROCEDURES[kind]
        self._kind: Kind = kind
        self._client = client
        self._offset = 0.0

    def connect(self) -> None:
        """Do what hmd-eyes does on connecting: ports, version, eyes, mode, time."""
        for request in ("SUB_PORT", "PUB_PORT", "v"):
            self._client.request(request)
        for eye in (1, 0):
            self._client.notify(f"eye_process.should_start.{eye}", eye_id=eye, delay=0.1)
        self._client.notify("set_detection_mapping_mode", mode=self._kind)
        self._offset = min(self._measured_offset() for _ in range(_SYNC_ROUNDS))[1]

    def now(self) -> float:
        """Return the service's time by this application's own clock."""
        return time.monotonic() + self._offset

    def show(self, point: Vector) -> None:
        """Show a target at a point (mm, HMD frame)."""
        self._client.notify("simulated_headset.target", position=list(point))

    def calibrate(self) -> Fields:
        """Show all targets, send the references and return the result's fields.

        Raises GazedError when no result comes.
        """
        self._client.subscribe("notify.calibration.")
        self._client.start_plugin("HMD_Calibration")
        self._client.notify("calibration.should_start", record=True, **self.procedure.fields)
        for target in self.procedure.targets:
            self._client.publish("notify.calibration.add_ref_data", self._references(target))
        return self._result()

    def wait(self, seconds: float) -> None:
        """Let time pass, handling what arrives."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self._client.receive(left)
            if message:
                self.on_message(message[0], message[1])

    def _references(self, target: Vector) -> Fields:
        procedure = self.procedure
        self.show(target)
        self.wait(procedure.skipped)
        references = []
        for _ in range(procedure.samples):
            self.wait(procedure.seconds / procedure.samples)
            references += self._sample(target)
        return {"subject": "calibration.add_ref_data", "ref_data": references, "record": True}

    def _sample(self, target: Vector) -> list[dict[str, Any]]:
        now = self.now()
        if self._kind == "3d":
            return [{"mm_pos": list(target), "timestamp": now}]
        return [
            {"norm_pos": list(norm_pos_of(target, eye)), "timestamp": now, "id": eye}
            for eye in (0, 1)
        ]

    def _result(self) -> Fields:
        self.wait(_ON_THE_WAY)  # the references go another way than the stop
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
