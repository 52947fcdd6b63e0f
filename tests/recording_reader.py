"""A reader of recordings written from the format's specification, not from our writer.

It shares no code with what writes: msgpack, numpy and PyAV read, and every rule of the
specification's conformance table (section 10) is checked on the way.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import msgpack
import numpy as np

INFO_KEYS = {
    "meta_version": str,
    "min_player_version": str,
    "recording_uuid": str,
    "start_time_system_s": float,
    "start_time_synced_s": float,
    "duration_s": float,
    "recording_software_name": str,
    "recording_software_version": str,
    "recording_name": str,
    "system_info": str,
}


@dataclass
class Video:
    """The packets of a video as bytes, their pts, and the recorded timestamps."""

    packets: list[bytes]
    pts: list[int]
    timestamps: list[float]
    codec: str
    pixel_format: str


@dataclass
class Read:
    """Everything in a recording: data by event key as (topic, map, payload bytes)."""

    info: dict[str, Any]
    data: dict[str, list[tuple[str, dict[str, Any], bytes]]] = field(default_factory=dict)
    videos: dict[str, Video] = field(default_factory=dict)
    intrinsics: dict[str, dict[str, Any]] = field(default_factory=dict)
    user_info: dict[str, str] = field(default_factory=dict)

    def topics(self, key: str) -> list[str]:
        return [topic for topic, _, _ in self.data.get(key, [])]

    def of(self, topic: str) -> list[dict[str, Any]]:
        key = topic.partition(".")[0]
        return [fields for found, fields, _ in self.data.get(key, []) if found == topic]


def read_recording(folder: Path) -> Read:
    """Return all of a recording; fail where it is not as the specification wants it."""
    assert not list(folder.glob("*.writing")), "a file is unfinished"
    read = Read(_info(folder))
    for path in sorted(folder.glob("*.pldata")):
        read.data[path.stem] = _data(path)
    for path in sorted(folder.glob("eye*.mp4")):
        read.videos[path.stem] = read_video(path)
    for path in sorted(folder.glob("*.intrinsics")):
        read.intrinsics[path.stem] = msgpack.unpackb(path.read_bytes())
        assert read.intrinsics[path.stem]["version"] == 1
    read.user_info = _user_info(folder / "user_info.csv")
    return read


def _info(folder: Path) -> dict[str, Any]:
    text = (folder / "info.player.json").read_text("utf-8")
    info = json.loads(text)
    assert {key: type(info[key]) for key in INFO_KEYS} == INFO_KEYS
    assert list(info) == sorted(info)
    assert text.splitlines()[1].startswith('    "')
    assert uuid.UUID(info["recording_uuid"]).version == 4
    assert (info["meta_version"], info["min_player_version"]) == ("2.3", "2.0")
    return info


def _data(path: Path) -> list[tuple[str, dict[str, Any], bytes]]:
    found = []
    with path.open("rb") as file:
        for pair in msgpack.Unpacker(file, max_buffer_size=0):
            topic, payload = pair
            assert isinstance(topic, str)
            assert isinstance(payload, bytes)
            fields = msgpack.unpackb(payload)
            assert topic.partition(".")[0] == path.stem
            found.append((topic, fields, payload))
    timestamps = np.load(path.with_name(f"{path.stem}_timestamps.npy"))
    assert timestamps.dtype == np.float64
    assert timestamps.tolist() == [fields["timestamp"] for _, fields, _ in found]
    return found


def read_video(path: Path) -> Video:
    """Return a video with its timestamps."""
    timestamps = np.load(path.with_name(f"{path.stem}_timestamps.npy"))
    assert timestamps.dtype == np.float64
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.time_base.numerator, stream.time_base.denominator) == (1, 65535)
        packets = [packet for packet in container.demux(stream) if packet.size]
        video = Video(
            packets=[bytes(packet) for packet in packets],
            pts=[packet.pts for packet in packets],
            timestamps=timestamps.tolist(),
            codec=stream.codec_context.name,
            pixel_format=stream.codec_context.pix_fmt,
        )
    assert len(video.packets) == len(video.timestamps)
    assert all(later > earlier for earlier, later in zip(video.pts, video.pts[1:], strict=False))
    return video


def _user_info(path: Path) -> dict[str, str]:
    lines = path.read_bytes().decode().split("\r\n")
    assert lines[0] == "key,value"
    assert lines[-1] == ""
    return dict(line.split(",", 1) for line in lines[1:-1])
