"""Recorded clients: what they sent, sent again, and what ought to come of it."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgpack
import zmq
from protocol.raw import Frames, RawClient

_LONGEST_PAUSE = 0.02
_EYE_START = "eye_process.should_start"
_REPLIES = {"v": r"[1-9][0-9]*\.[0-9]+\.[0-9]+", "t": r"-?[0-9]+\.[0-9]+(e-?[0-9]+)?"}


@dataclass(frozen=True)
class Line:
    """One message of a client: on which kind of socket, its frames, and the recorded reply."""

    time: float
    socket: str
    frames: Frames
    reply: str | None

    @property
    def notification(self) -> tuple[str, dict[str, Any]] | None:
        """Subject and fields, text as str, when the message is a notification."""
        subject = self.frames[0].decode(errors="replace").removeprefix("notify.")
        if self.socket == "sub" or len(self.frames) < 2 or subject == self.frames[0].decode():
            return None
        return subject, _text(msgpack.unpackb(self.frames[1], raw=False, strict_map_key=False))


@dataclass
class Wishes:
    """What a service owes to a client after a transcript.

    ``plugins`` were asked to start and ``stopped`` to stop; ``starts`` is how many
    calibrations must have started, ``results`` how many must have ended, ``recordings`` how
    many must have been answered; ``properties`` are the subjects that must answer a question
    for a detector's.
    """

    eyes: set[int] = field(default_factory=set)
    plugins: set[str] = field(default_factory=set)
    stopped: set[str] = field(default_factory=set)
    starts: int = 0
    results: int = 0
    recordings: int = 0
    properties: set[str] = field(default_factory=set)


def read(path: Path) -> list[Line]:
    """Return the lines of a transcript, with whole frames in place of those that were cut."""
    lines = []
    for text in path.read_text().splitlines():
        entry = json.loads(text)
        frames = _whole([_Recorded(frame) for frame in entry["frames"]])
        lines.append(Line(entry["t"], entry["socket"], frames, entry.get("reply")))
    return lines


def play(lines: list[Line], client: RawClient) -> None:
    """Send all lines in order, with at most 20 ms between two, and check each reply."""
    client.subscribe(b"settled")
    client.publish(b"settled", b"\x80")
    client.receive()
    subscriber = client.socket(zmq.XSUB, client.bus(b"SUB_PORT"))
    way, now = "req", lines[0].time
    for line in lines:
        time.sleep(min(max(line.time - now, 0.0), _LONGEST_PAUSE))
        if line.socket not in ("sub", way):
            _settle(client, way)
            way = line.socket
        _send(line, client, subscriber)
        now = line.time
    _settle(client, way)


def check_reply(line: Line, reply: str) -> None:
    """Compare a reply with the recorded one, or with its pattern where it is no constant."""
    command = line.frames[0].decode()
    if command in _REPLIES:
        assert re.fullmatch(_REPLIES[command], reply), f"{command!r} was answered {reply!r}"
    elif line.reply is None:
        assert command in ("SUB_PORT", "PUB_PORT"), f"{command!r} has no recorded reply"
        assert re.fullmatch(r"[0-9]+", reply), f"{command!r} was answered {reply!r}"
    else:
        assert reply == line.reply


def wishes_of(lines: list[Line]) -> Wishes:
    """Return what a service owes to a client that has sent these lines."""
    wishes = Wishes()
    for subject, fields in _meanings(lines):
        if subject.startswith(_EYE_START):
            wishes.eyes.add(fields["eye_id"])
        elif subject in ("start_plugin", "start_eye_plugin"):
            wishes.plugins.add(fields["name"])
        elif subject == "stop_plugin":
            wishes.plugins.discard(fields["name"])
            wishes.stopped.add(fields["name"])
        elif subject == "calibration.should_start":
            wishes.starts = wishes.results + 1
        elif subject == "calibration.should_stop":
            wishes.results = wishes.starts
        elif subject == "recording.should_start":
            wishes.recordings += 1
        elif subject == "pupil_detector.broadcast_properties":
            asked = f"{fields['eye_id']}.{fields['detector_plugin_class_name']}"
            wishes.properties.add(f"pupil_detector.properties.{asked}")
    return wishes


def ends_the_service(line: Line) -> bool:
    """Tell whether a message asks the service to stop."""
    return bool(line.notification and line.notification[0] == "service_process.should_stop")


def _meanings(lines: list[Line]) -> Iterator[tuple[str, dict[str, Any]]]:
    commands = {
        b"C": "calibration.should_start",
        b"c": "calibration.should_stop",
        b"R": "recording.should_start",
    }
    for line in lines:
        letter = line.frames[0][:1]
        if line.notification:
            yield line.notification
        elif line.socket == "req" and len(line.frames) == 1 and letter in commands:
            yield commands[letter], {}


def _send(line: Line, client: RawClient, subscriber: zmq.Socket[bytes]) -> None:
    if line.socket == "req":
        check_reply(line, client.ask(*line.frames).decode())
    elif line.socket == "pub":
        client.publish(*line.frames)
    else:
        subscriber.send(line.frames[0])


def _settle(client: RawClient, socket: str) -> None:
    """Wait until what was sent by one of the two ways is through: seconds lie between them."""
    send = client.ask if socket == "req" else client.publish
    send(b"settled", b"\x80")
    client.receive()


class _Recorded:
    """A frame as recorded: its first bytes, and whether it was longer."""

    def __init__(self, text: str) -> None:
        self.cut = text.endswith("...")
        self.data = bytes.fromhex(text.removesuffix("..."))


def _whole(frames: list[_Recorded]) -> Frames:
    """Return the frames with what was cut off made up: a picture, or reference data."""
    whole = [frame.data for frame in frames]
    for index, frame in enumerate(frames):
        if frame.cut:
            whole[index] = _picture(whole[1]) if index == 2 else _references()
    return whole


def _picture(payload: bytes) -> bytes:
    fields = msgpack.unpackb(payload)
    depth = 1 if fields["format"] == "gray" else 3
    size: int = fields["width"] * fields["height"] * depth
    return bytes([fields["index"] % 256]) * size


def _references() -> bytes:
    """Return as many references as the Python client sends: 18 targets, each point twice."""
    entries = [
        {"mm_pos": [10.0 * (index // 120), 0.0, 600.0], "timestamp": index / 120}
        for index in range(2160)
    ]
    fields = {"subject": "calibration.add_ref_data", "ref_data": entries, "record": True}
    packed: bytes = msgpack.packb(fields)
    return packed


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, dict):
        return {_text(key): _text(entry) for key, entry in value.items()}
    return value
