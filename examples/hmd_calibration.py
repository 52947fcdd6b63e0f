"""Calibrate a headset: show targets, tell the service where they were, hear how good it is.

Needs only pyzmq and msgpack, and a service with both eyes running:

    python hmd_calibration.py [--port 50020] [--confirm]

Put your own drawing into ``show``. Targets are in millimetres from the middle between the eyes:
x right, y up, z ahead. ``TRANSLATIONS`` says where the eyes are: half the distance between the
wearer's pupils to each side.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from typing import Any

import msgpack
import zmq

Fields = dict[str, Any]
Vector = tuple[float, float, float]

TRANSLATIONS: dict[str, Vector] = {
    "translation_eye0": (32.0, 0.0, 0.0),  # the right eye
    "translation_eye1": (-32.0, 0.0, 0.0),
}
SKIPPED_SECONDS = 0.1
SAMPLES_A_SECOND = 40
RESULTS = ("calibration.successful", "calibration.failed")
HEARD = (*RESULTS, "calibration.progress", "calibration.checked")
EYES = {"0": "right eye", "1": "left eye"}


def at(right: float, up: float, metres: float) -> Vector:
    """Return the point so many degrees right and up of straight ahead."""
    x, y = math.radians(right), math.radians(up)
    ahead = 1000.0 * metres * math.cos(y)
    return (ahead * math.sin(x), 1000.0 * metres * math.sin(y), ahead * math.cos(x))


TARGETS = [
    at(right, up, metres)
    for right, up, metres in (
        (0, 0, 1.0),
        (-12, -12, 0.6),
        (0, -12, 2.0),
        (12, -12, 1.0),
        (12, 0, 0.6),
        (12, 12, 2.0),
        (0, 12, 1.0),
        (-12, 12, 0.6),
        (-12, 0, 2.0),
    )
]


class Service:
    """Requests to a running service, its clock, and what it says of a calibration."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], port: int) -> None:
        self._remote = context.socket(zmq.REQ)
        self._remote.rcvtimeo = 5000
        self._remote.connect(f"tcp://127.0.0.1:{port}")
        self._news = context.socket(zmq.SUB)
        self._news.connect(f"tcp://127.0.0.1:{self.ask('SUB_PORT')}")
        for subject in HEARD:
            self._news.subscribe(f"notify.{subject}")
        # The round trip that took least tells best what the service's clock says.
        self._offset = min(self._measured() for _ in range(20))[1]

    def ask(self, command: str) -> str:
        """Send a command of Pupil Remote; return the reply."""
        self._remote.send_string(command)
        return self._remote.recv_string()

    def time(self) -> float:
        """Return the service's clock, in seconds, without asking it again."""
        return time.monotonic() + self._offset

    def notify(self, subject: str, **fields: Any) -> None:
        """Send a notification; the reply says that it is on its way."""
        payload = msgpack.packb({"subject": subject, **fields})
        self._remote.send_multipart([f"notify.{subject}".encode(), payload])
        self._remote.recv()

    def news(self, seconds: float) -> tuple[str, Fields] | None:
        """Return the next thing the service says within so many seconds, or None."""
        if not self._news.poll(max(0, int(1000 * seconds))):
            return None
        topic, payload = self._news.recv_multipart()
        return topic.decode().removeprefix("notify."), msgpack.unpackb(payload)

    def _measured(self) -> tuple[float, float]:
        before = time.monotonic()
        answer = float(self.ask("t"))
        after = time.monotonic()
        return after - before, answer - (before + after) / 2


def main() -> None:
    """Calibrate with the service whose port is on the command line; exit code 1 on failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50020, help="the service's port")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long to sample a target")
    parser.add_argument("--confirm", action="store_true", help="wait for Enter at each target")
    options = parser.parse_args()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    try:
        service = Service(context, options.port)
        check(service)
        subject, result = calibrate(service, options.seconds, options.confirm)
    except zmq.Again:
        sys.exit(f"nobody answers on port {options.port}; start the service with `gazed run`")
    finally:
        context.destroy(linger=0)
    succeeded = subject == RESULTS[0]
    print_quality(result["quality"]) if succeeded else print_failure(result)
    sys.exit(not succeeded)


def check(service: Service) -> None:
    """Say what is wrong with the eyes before anybody looks at targets."""
    service.notify("start_plugin", name="HMD_Calibration", args={})
    service.notify("calibration.should_check")
    end = time.monotonic() + 10.0
    while (left := end - time.monotonic()) > 0:
        said = service.news(left)
        if said and said[0] == "calibration.checked":
            print_warnings(said[1])
            return


def calibrate(service: Service, seconds: float, confirm: bool) -> tuple[str, Fields]:
    """Show all targets; return whether it succeeded, and what the service says of it."""
    service.notify("calibration.should_start", **TRANSLATIONS)
    for number, target in enumerate(TARGETS, 1):
        show(service, number, target)
        if confirm:
            input("    press Enter while you look at it ")
        wait(service, SKIPPED_SECONDS)
        references = sampled(service, target, seconds)
        service.notify("calibration.add_ref_data", ref_data=references)
    service.notify("calibration.should_stop")
    return wait(service, 15.0) or sys.exit("the service gives no result within 15 s")


def show(service: Service, number: int, target: Vector) -> None:
    """Show a target: draw yours here. This tells the simulated wearer, if there is one."""
    x, y, z = target
    print(f"target {number} of {len(TARGETS)}: {x:+.0f} mm right, {y:+.0f} mm up, {z:.0f} mm ahead")
    service.notify("simulated_headset.target", position=target)


def sampled(service: Service, target: Vector, seconds: float) -> list[Fields]:
    """Return references: where the target is, at moments in which it is shown."""
    references = []
    for _ in range(round(seconds * SAMPLES_A_SECOND)):
        references.append({"mm_pos": target, "timestamp": service.time()})
        wait(service, 1 / SAMPLES_A_SECOND)
    return references


def wait(service: Service, seconds: float) -> tuple[str, Fields] | None:
    """Let time pass and print live counts; return the result as soon as there is one."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        said = service.news(left)
        if said and said[0] in RESULTS:
            return said
        if said and said[0] == "calibration.progress":
            print_progress(said[1])
    return None


def print_progress(progress: Fields) -> None:
    """Print how many data each eye has given so far."""
    eyes = []
    for eye, counts in progress["eyes"].items():
        share = f"{100 * counts['share_confident']:.0f} % confident"
        eyes.append(f"{EYES[eye]} {counts['pupil_data']} data, {share}")
    print(f"    {progress['references']} references; {'; '.join(eyes)}")
    print_warnings(progress)


def print_warnings(fields: Fields) -> None:
    """Print what the service finds wrong."""
    for warning in fields.get("warnings", ()):
        print(f"    ! {warning['text']}")


def print_quality(quality: Fields) -> None:
    """Print how good the calibration is, in all and at each target."""
    print(f"calibrated: {figures(quality)}")
    for target in quality["targets"]:
        x, y, z = target["position"]
        print(f"    at {x:+5.0f}, {y:+5.0f}, {z:5.0f} mm: {figures(target)}")


def figures(entry: Fields) -> str:
    """Return accuracy, precision and the share of data used, in words."""
    if entry["accuracy"] is None:
        return f"no usable gaze ({entry['total']} data)"
    words = f"accuracy {entry['accuracy']:.2f} deg"
    if entry["precision"] is not None:
        words += f", precision {entry['precision']:.2f} deg"
    return f"{words}, {entry['used']} of {entry['total']} data used"


def print_failure(result: Fields) -> None:
    """Print why there is no calibration, and what to do."""
    print(f"failed: {result['reason']}")
    if result.get("hint"):
        print(f"    {result['hint']}")
    print_warnings(result)


if __name__ == "__main__":
    main()
