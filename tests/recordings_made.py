"""Small recordings written straight from the format's description, not by the recorder.

    made = make_recording(folder, seconds=2.0)
    made.path, made.records["pupil"], made.frames[0]

``cut``, ``strew`` and ``drop`` damage a file of it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import msgpack
import numpy as np

Record = tuple[str, dict[str, Any]]

UUID = "12345678-1234-4321-8765-123456789abc"
TICKS = 65535


class Made:
    """What was written: data by key, frame times and JPEGs by eye."""

    def __init__(
        self,
        path: Path,
        records: dict[str, list[Record]] | None = None,
        frames: dict[int, list[float]] | None = None,
        jpegs: dict[int, list[bytes]] | None = None,
    ) -> None:
        self.path = path
        self.records = records or {}
        self.frames = frames or {}
        self.jpegs = jpegs or {}

    def rewrite(self, key: str, records: list[Record]) -> None:
        """Put other data in place of a key's."""
        _write_data(self, key, records)

    def record_ends(self, key: str) -> list[int]:
        """Return the byte after each record of a key's file."""
        sizes = [len(packed(topic, fields)) for topic, fields in self.records[key]]
        return np.cumsum(sizes).tolist()


def make_recording(
    folder: Path,
    *,
    seconds: float = 2.0,
    eyes: Iterable[int] = (0, 1),
    rate: float = 60.0,
    start: float = 100.0,
    size: tuple[int, int] = (192, 192),
    codec: str | None = "mjpeg",
    parts: int = 1,
    gaze: bool = True,
    gap: tuple[float, float] | None = None,
    integer_keys: bool = False,
    manifest: bool = True,
    uuid: str = UUID,
    name: str = "2026_11_22",
) -> Made:
    """Write a recording as of two cameras at ``rate``, with a blink each second.

    ``codec`` is ``mjpeg``, ``mpeg4`` (which stores frames in another order) or None for no
    videos; ``gap`` leaves out data and frames between two moments, in seconds after the start;
    ``integer_keys`` writes the maps of binocular gaze as Pupil 2 did.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made = Made(folder)
    times = [start + 0.01 + number / rate for number in range(round(seconds * rate))]
    if gap:
        times = [time for time in times if not start + gap[0] <= time < start + gap[1]]
    eyes = tuple(eyes)
    for eye in eyes:
        # The cameras do not wait for each other.
        made.frames[eye] = [time + eye * 0.3 / rate for time in times]
        if codec:
            _write_videos(made, eye, size, codec, parts, start)
            _write_intrinsics(folder / f"eye{eye}.intrinsics", size)
    pupil = sorted(_pupil_data(made, size), key=lambda record: record[1]["timestamp"])
    _write_data(made, "pupil", pupil)
    if gaze:
        _write_data(made, "gaze", _gaze_data(made, pupil, integer_keys))
    _write_data(made, "blinks", _blink_data(start, seconds))
    _write_data(made, "fixations", _fixation_data(start, seconds))
    _write_data(made, "annotation", _annotation_data(start, seconds))
    _write_data(made, "notify", _notify_data(start))
    _write_info(folder, start, seconds, uuid, name)
    (folder / "user_info.csv").write_bytes(b"key,value\r\nname,\r\nadditional_field,change_me\r\n")
    if manifest:
        write_manifest(made, uuid)
    return made


def packed(topic: str, fields: dict[str, Any]) -> bytes:
    """Return one record of a pldata file."""
    return msgpack.packb([topic, msgpack.packb(fields, use_bin_type=True)], use_bin_type=True)


def cut(path: Path, size: int) -> None:
    """Keep the first ``size`` bytes of a file; a negative size counts from the end."""
    data = path.read_bytes()
    path.write_bytes(data[:size])


def strew(path: Path, at: int, junk: bytes, over: bool = True) -> None:
    """Write foreign bytes over a file at a place, or between what is there."""
    data = path.read_bytes()
    path.write_bytes(data[:at] + junk + data[at + len(junk) * over :])


def drop(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def write_manifest(made: Made, uuid: str = UUID, state: str = "closed", **more: Any) -> None:
    """Write the manifest of the files that are there now."""
    files = {
        path.name: _entry(made, path)
        for path in sorted(made.path.iterdir())
        if path.suffix in {".pldata", ".mp4", ".npy"}
    }
    streams = {}
    for records in made.records.values():
        for topic, fields in records:
            entry = streams.setdefault(topic, {"count": 0, "first": fields["timestamp"]})
            entry["count"] += 1
            entry["last"] = fields["timestamp"]
    manifest = {
        "version": 1,
        "recording_uuid": uuid,
        "state": state,
        "files": files,
        "streams": streams,
        "gaps": [],
        "lost": {},
        "notes": [],
        **more,
    }
    (made.path / "gazed.manifest.json").write_text(json.dumps(manifest, indent=4))


def _entry(made: Made, path: Path) -> dict[str, Any]:
    name = path.name.partition(".")[0].removesuffix("_timestamps")
    times = [fields["timestamp"] for _, fields in made.records.get(name, [])]
    if name.startswith("eye"):
        stamps = path.with_name(f"{name}_timestamps.npy")
        times = np.load(stamps).tolist()
    return {
        "bytes": path.stat().st_size,
        "records": len(times),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "first_timestamp": times[0] if times else None,
        "last_timestamp": times[-1] if times else None,
    }


def _write_data(made: Made, key: str, records: list[Record]) -> None:
    made.records[key] = records
    with (made.path / f"{key}.pldata").open("wb") as file:
        for topic, fields in records:
            file.write(packed(topic, fields))
    times = [fields.get("timestamp") for _, fields in records]
    beside = made.path / f"{key}_timestamps.npy"
    beside.unlink(missing_ok=True)
    if all(isinstance(time, float) for time in times):
        np.save(beside, np.array(times, np.float64))


def _write_info(folder: Path, start: float, seconds: float, uuid: str, name: str) -> None:
    info = {
        "meta_version": "2.3",
        "min_player_version": "2.0",
        "recording_uuid": uuid,
        "start_time_system_s": 1_790_000_000.25,
        "start_time_synced_s": float(start),
        "duration_s": float(seconds),
        "recording_software_name": "recordings_made",
        "recording_software_version": "1.0",
        "recording_name": name,
        "system_info": "User: nobody, Platform: none, Machine: none, Release: 0, Version: 0",
    }
    (folder / "info.player.json").write_text(json.dumps(info, indent=4, sort_keys=True))


def _write_intrinsics(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    entry = {
        "camera_matrix": [[283.0, 0.0, width / 2], [0.0, 283.0, height / 2], [0.0, 0.0, 1.0]],
        "dist_coefs": [[0.0] * 5],
        "resolution": [width, height],
        "cam_type": "radial",
    }
    path.write_bytes(msgpack.packb({"version": 1, str(size): entry}))


def _write_videos(
    made: Made, eye: int, size: tuple[int, int], codec: str, parts: int, start: float
) -> None:
    times = made.frames[eye]
    background = np.random.default_rng(eye).integers(150, 180, size[::-1], np.uint8)
    made.jpegs[eye] = []
    for number, piece in enumerate(np.array_split(np.arange(len(times)), parts)):
        stem = f"eye{eye}" if number == 0 else f"eye{eye}_{number:03}"
        pictures = [_picture(background, times[index] - start) for index in piece]
        stamps = [times[index] for index in piece]
        if codec == "mjpeg":
            made.jpegs[eye] += _write_jpegs(made.path / f"{stem}.mp4", pictures, stamps, start)
        else:
            _encode(made.path / f"{stem}.mp4", pictures, stamps, start, codec)
        np.save(made.path / f"{stem}_timestamps.npy", np.array(stamps, np.float64))


def _picture(background: np.ndarray, time: float) -> np.ndarray:
    height, width = background.shape
    across, down = pupil_center(time)
    center = (round(across * width * 16), round(down * height * 16))
    picture = background.copy()
    cv2.circle(picture, center, round(width / 8 * 16), 20, -1, cv2.LINE_AA, 4)
    return picture


def pupil_center(time: float) -> tuple[float, float]:
    """Return where the drawn pupil is, as a fraction of the picture, origin top left."""
    return 0.5 + 0.2 * math.sin(2 * time), 0.5 + 0.15 * math.cos(3 * time)


def _write_jpegs(
    path: Path, pictures: list[np.ndarray], times: list[float], start: float
) -> list[bytes]:
    jpegs = [cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg")
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = "yuvj422p"
        stream.time_base = Fraction(1, TICKS)
        for jpeg, ticks in zip(jpegs, _ticks(times, start), strict=True):
            packet = av.Packet(jpeg)
            packet.stream, packet.time_base = stream, stream.time_base
            packet.pts = packet.dts = ticks
            container.mux(packet)
    return jpegs


def _encode(
    path: Path,
    pictures: list[np.ndarray],
    times: list[float],
    start: float,
    codec: str,
    b_frames: int = 2,
) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=60, options={"bf": str(b_frames)})
        stream.height, stream.width = pictures[0].shape
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, TICKS)
        for picture, ticks in zip(pictures, _ticks(times, start), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = ticks, Fraction(1, TICKS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _ticks(times: list[float], start: float) -> list[int]:
    ticks: list[int] = []
    for time in times:
        wanted = int((time - start) * TICKS)
        ticks.append(max(wanted, ticks[-1] + 1) if ticks else wanted)
    return ticks


def _blinking(time: float, start: float) -> bool:
    return 0.5 <= (time - start) % 1.0 < 0.65


def _pupil_data(made: Made, size: tuple[int, int]) -> Iterable[Record]:
    for eye, times in made.frames.items():
        for time in times:
            yield _pupil_2d(eye, time, times[0], size)
            yield _pupil_3d(eye, time, times[0], size)


def _pupil_2d(eye: int, time: float, start: float, size: tuple[int, int]) -> Record:
    width, height = size
    x, y = pupil_center(time)
    fields = {
        "topic": f"pupil.{eye}.2d",
        "id": eye,
        "method": "2d c++",
        "timestamp": time,
        "norm_pos": [x, 1.0 - y],
        "diameter": width / 4,
        "confidence": 0.05 if _blinking(time, start) else 0.95,
        "ellipse": {
            "center": [x * width, y * height],
            "axes": [width / 4.2, width / 4],
            "angle": 12.5,
        },
    }
    return fields["topic"], fields


def _pupil_3d(eye: int, time: float, start: float, size: tuple[int, int]) -> Record:
    topic = f"pupil.{eye}.3d"
    radius = 1.7 + 0.3 * math.sin(0.8 * (time - start)) + 0.05 * eye
    fields = {
        **_pupil_2d(eye, time, start, size)[1],
        "topic": topic,
        "method": "pye3d 0.3.2 real-time",
        "location": [96.0, 96.0],
        "sphere": {"center": [0.5, -0.25, 35.0], "radius": 10.392304845413264},
        "projected_sphere": {"center": [96.0, 95.0], "axes": [168.0, 168.0], "angle": 0.0},
        "circle_3d": {"center": [0.5, 0.0, 25.0], "normal": [0.0, 0.0, -1.0], "radius": radius},
        "diameter_3d": 2 * radius,
        "theta": math.pi / 2,
        "phi": -math.pi / 2,
        "model_confidence": 1.0,
        "model_id": 3,
    }
    return topic, fields


def _gaze_data(made: Made, pupil: list[Record], integer_keys: bool) -> list[Record]:
    both = [record for record in pupil if record[0].endswith("3d")]
    by_eye = [[fields for _, fields in both if fields["id"] == eye] for eye in sorted(made.frames)]
    return [_gaze(base, integer_keys) for base in zip(*by_eye, strict=True)]


def _gaze(base: tuple[dict[str, Any], ...], integer_keys: bool) -> Record:
    time = sum(fields["timestamp"] for fields in base) / len(base)
    fields: dict[str, Any] = {
        "timestamp": time,
        "confidence": sum(fields["confidence"] for fields in base) / len(base),
        "base_data": list(base),
        "norm_pos": [0.5 + 0.3 * math.sin(time), 0.5 + 0.2 * math.cos(time)],
        "gaze_point_3d": [100 * math.sin(time), -20.0, 500.0],
    }
    if len(base) == 1:
        topic = f"gaze.3d.{base[0]['id']}."
        fields |= {"eye_center_3d": [30.0, 0.0, -20.0], "gaze_normal_3d": [0.0, 0.0, 1.0]}
    else:
        topic = "gaze.3d.01."
        zero, one = (0, 1) if integer_keys else ("0", "1")
        fields["eye_centers_3d"] = {zero: [30.0, 0.0, -20.0], one: [-30.0, 1.0, -20.0]}
        fields["gaze_normals_3d"] = {zero: [0.0, 0.0, 1.0], one: [0.125, 0.0, 0.75]}
    return topic, {"topic": topic, **fields}


def _blink_data(start: float, seconds: float) -> list[Record]:
    data = []
    for second in range(int(seconds)):
        for kind, offsets in (("onset", (0.5, 0.51)), ("offset", (0.65, 0.66))):
            data += [_blink(kind, start + second + offset) for offset in offsets]
    return data


def _blink(kind: str, time: float) -> Record:
    base = [{"topic": "pupil.0.2d", "id": 0, "timestamp": time - 0.01, "confidence": 0.9}]
    fields = {"topic": "blinks", "type": kind, "confidence": 0.8, "timestamp": time}
    return "blinks", {**fields, "base_data": base, "record": True}


def _fixation_data(start: float, seconds: float) -> list[Record]:
    return [
        _fixation(number, start + number + update)
        for number in range(int(seconds))
        for update in (0.0, 0.1, 0.2)
    ]


def _fixation(number: int, time: float) -> Record:
    fields = {
        "topic": "fixations",
        "id": number,
        "norm_pos": [0.4, 0.6],
        "dispersion": 1.25,
        "method": "3d gaze",
        "base_data": [["gaze.3d.01.", time], ["gaze.3d.01.", time + 0.1]],
        "timestamp": time,
        "duration": 320.0,
        "confidence": 0.9,
        "gaze_point_3d": [10.0, -20.0, 500.0],
    }
    return "fixations", fields


def _annotation_data(start: float, seconds: float) -> list[Record]:
    return [
        (
            "annotation",
            {
                "topic": "annotation",
                "label": f"trial {second}",
                "timestamp": start + second,
                "duration": 0.5,
                "zone": "left, far",
                "correct": second % 2 == 0,
            },
        )
        for second in range(int(seconds))
    ]


def _notify_data(start: float) -> list[Record]:
    fields = {
        "topic": "notify.calibration.result.v2",
        "subject": "calibration.result.v2",
        "gazer_class_name": "GazerHMD3D",
        "timestamp": start - 60.0,
        "params": {"eye_camera_to_world_matrix0": [[1.0, 0.0], [0.0, 1.0]]},
        "record": True,
        "version": 2,
    }
    return [(fields["topic"], fields)]
