"""Print every notification of a running service, until Ctrl-C.

Needs only pyzmq and msgpack:  python monitor.py [--port 50020] [--topic notify.]
"""

from __future__ import annotations

import argparse
import contextlib
import sys

import msgpack
import zmq


def main() -> None:
    """Print what the service on the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50020, help="the service's port")
    parser.add_argument("--topic", default="notify.", help="how the topics begin")
    options = parser.parse_args()

    with zmq.Context() as context, context.socket(zmq.SUB) as bus:
        bus.connect(f"tcp://127.0.0.1:{bus_port(context, options.port)}")
        bus.subscribe(options.topic)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                topic, payload, *raw = bus.recv_multipart()
                sizes = f" and {[len(frame) for frame in raw]} bytes" if raw else ""
                print(topic.decode(), msgpack.unpackb(payload), sizes, flush=True)


def bus_port(context: zmq.Context[zmq.Socket[bytes]], port: int) -> str:
    """Return the port on which the service publishes."""
    with context.socket(zmq.REQ) as remote:
        remote.linger = 0
        remote.connect(f"tcp://127.0.0.1:{port}")
        remote.send_string("SUB_PORT")
        if not remote.poll(5000):
            sys.exit(f"nobody answers on port {port}; start the service with `gazed run`")
        return remote.recv_string()


if __name__ == "__main__":
    main()
