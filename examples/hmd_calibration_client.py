"""Calibrate a headset: show targets, tell the service where they were, wait for its verdict.

Needs only pyzmq and msgpack, and a service with both eyes running:

    python hmd_calibration_client.py [--port 50020]

Put your own drawing into ``show``. A target's position is in fractions of what the wearer
sees of the display, origin bottom left.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import msgpack
import zmq

Target = tuple[float, float]
Fields = dict[str, Any]

TARGETS: list[Target] = [(x, y) for y in (0.5, 0.2, 0.8) for x in (0.5, 0.2, 0.8)]
SAMPLES_A_SECOND = 40
RESULTS = ("notify.calibration.successful", "notify.calibration.failed")


class Service:
    """Requests to a running service, and the results it publishes."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], port: int) -> None:
        self._remote = context.socket(zmq.REQ)
        self._remote.rcvtimeo = 5000
        self._remote.connect(f"tcp://127.0.0.1:{port}")
        self._results = context.socket(zmq.SUB)
        self._results.connect(f"tcp://127.0.0.1:{self.ask('SUB_PORT')}")
        for topic in RESULTS:
            self._results.subscribe(topic)

    def ask(self, command: str) -> str:
        """Send a command of Pupil Remote; return the reply."""
        self._remote.send_string(command)
        return self._remote.recv_string()

    def time(self) -> float:
        """Return the service's clock, in seconds."""
        return float(self.ask("t"))

    def notify(self, subject: str, **fields: Any) -> None:
        """Send a notification; the reply says that it is on its way."""
        payload = msgpack.packb({"subject": subject, **fields})
        self._remote.send_multipart([f"notify.{subject}".encode(), payload])
        self._remote.recv()

    def result(self, seconds: float) -> tuple[bool, Fields]:
        """Wait for the end of the calibration; return whether it succeeded, and its details."""
        if not self._results.poll(int(seconds * 1000)):
            sys.exit(f"no result within {seconds:g} s")
        topic, payload = self._results.recv_multipart()
        return topic == RESULTS[0].encode(), msgpack.unpackb(payload)


def main() -> None:
    """Calibrate with the service whose port is on the command line; exit code 1 on failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50020, help="the service's port")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to show a target")
    options = parser.parse_args()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        succeeded, details = calibrate(Service(context, options.port), options.seconds)
    except zmq.Again:
        sys.exit(f"nobody answers on port {options.port}; start the service with `gazed run`")
    finally:
        context.destroy(linger=0)
    print("calibrated" if succeeded else f"failed: {details['reason']}")
    sys.exit(not succeeded)


def calibrate(service: Service, seconds: float) -> tuple[bool, Fields]:
    """Show all targets; return whether it succeeded, and what the service says of it."""
    service.notify("start_plugin", name="HMD_Calibration", args={})
    service.notify(
        "calibration.should_start", hmd_video_frame_size=[1000, 1000], outlier_threshold=35
    )
    for target in TARGETS:
        show(service, target)
        time.sleep(0.4)  # the eyes need a moment to get there
        service.notify("calibration.add_ref_data", ref_data=sampled(service, target, seconds))
    service.notify("calibration.should_stop")
    return service.result(10.0)


def sampled(service: Service, target: Target, seconds: float) -> list[Fields]:
    """Return references, for both eyes, at moments in which the wearer looks at a target."""
    references = []
    for _ in range(round(seconds * SAMPLES_A_SECOND)):
        references.append({"norm_pos": target, "timestamp": service.time()})
        time.sleep(1 / SAMPLES_A_SECOND)
    return references


def show(service: Service, target: Target) -> None:
    """Show a target: draw yours here. This tells the simulated wearer, if there is one."""
    x, y = (800.0 * (part - 0.5) for part in target)
    service.notify("simulated_headset.target", position=[x, y, 1000.0])


if __name__ == "__main__":
    main()
