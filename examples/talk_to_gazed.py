"""Start both eyes of a running service, choose a calibration, and stop the service.

Needs only pyzmq and msgpack:  python talk_to_gazed.py [--port 50020]
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import msgpack
import zmq


def main() -> None:
    """Talk to the service whose port is on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50020, help="the service's port")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between the steps")
    options = parser.parse_args()

    with zmq.Context() as context, context.socket(zmq.REQ) as remote:
        remote.rcvtimeo = 5000
        remote.linger = 0
        remote.connect(f"tcp://127.0.0.1:{options.port}")
        try:
            talk(remote, options.pause)
        except zmq.Again:
            sys.exit(f"nobody answers on port {options.port}; start the service with `gazed run`")


def talk(remote: zmq.Socket[bytes], pause: float) -> None:
    """Send the notifications, and print each reply."""
    print("the service's clock says", pupil_time(remote))
    for eye in (0, 1):
        subject = f"eye_process.should_start.{eye}"
        print(send(remote, {"subject": subject, "eye_id": eye, "args": {}}))
    time.sleep(pause)
    print(send(remote, {"subject": "start_plugin", "name": "HMD_Calibration", "args": {}}))
    time.sleep(pause)
    print(send(remote, {"subject": "service_process.should_stop"}))


def send(remote: zmq.Socket[bytes], notification: dict[str, Any]) -> str:
    """Send one notification: its topic, then the whole of it as msgpack; return the reply."""
    topic = "notify." + notification["subject"]
    remote.send_multipart([topic.encode(), msgpack.packb(notification)])
    return remote.recv_string()


def pupil_time(remote: zmq.Socket[bytes]) -> float:
    """Return the service's clock, in seconds."""
    remote.send_string("t")
    return float(remote.recv_string())


if __name__ == "__main__":
    main()
