"""A recording of the simulated headset, with data that are true: what a perfect detector saw.

made = make_simulated_recording(folder, seconds=1.0)
made.data["pupil"]  # (topic, fields), as recorded
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import msgpack

from gazed import Frame, Gaze, Pupil, gaze_to_wire, pack, pupil_to_wire
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.pldata import PldataWriter
from gazed_plugins.recorder.timestamps import TimestampsWriter
from gazed_plugins.recorder.video import VideoWriter
from gazed_plugins.simulated_headset import Truth, sequence

Record = tuple[str, dict[str, Any]]

START = 100.0
UUID = "5a3e1fd0-7b43-4f2e-9d3b-0a1b2c3d4e5f"
STRAIGHT = [[1.0, 0, 0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0, 0, 0], 7]
"""Parameters of a mapper whose gaze is the pupil's own norm_pos."""

_EYE_1_LATER = 0.004
_TICKS = 65535


@dataclass(frozen=True)
class Simulated:
    """What was written, by key."""

    path: Path
    data: dict[str, list[Record]] = field(default_factory=dict)
    frames: dict[int, list[Frame]] = field(default_factory=dict)


def make_simulated_recording(
    folder: Path,
    seconds: float = 1.0,
    rate: float = 100.0,
    seed: int = 1001,
    uuid: str = UUID,
) -> Simulated:
    """Write a recording of two eyes that look around, with a calibration from before it."""
    folder.mkdir(parents=True)
    made = Simulated(folder)
    pupils: list[Pupil] = []
    for eye in (0, 1):
        seen = list(_seen(eye, seconds, rate, seed))
        made.frames[eye] = [frame for frame, _ in seen]
        pupils += [_pupil(frame, truth) for frame, truth in seen]
        _write_video(made, eye)
    pupils.sort(key=lambda pupil: pupil.timestamp)
    made.data["pupil"] = [(pupil.topic, pupil_to_wire(pupil)) for pupil in pupils]
    made.data["gaze"] = [(gaze.topic, gaze_to_wire(gaze)) for gaze in map(_gaze, pupils)]
    made.data["annotation"] = [_annotation(seconds / 2)]
    made.data["notify"] = list(_notifications(pupils, seconds))
    for key, records in made.data.items():
        write_data(folder, key, records)
    Info(uuid, 1_790_000_000.25, START, "simulated", system_info="none").lasting(seconds).write(
        folder
    )
    (folder / "user_info.csv").write_bytes(b"key,value\r\nname,\r\n")
    return made


def checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file in a folder, by name."""
    files = sorted(folder.iterdir())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def write_data(folder: Path, key: str, records: Sequence[Record]) -> None:
    """Write the file of a key and its timestamps."""
    writer = PldataWriter(folder, key)
    for topic, fields in records:
        writer.add(topic, pack(fields), fields["timestamp"])
    writer.close()


def _seen(eye: int, seconds: float, rate: float, seed: int) -> Iterator[tuple[Frame, Truth]]:
    for frame, truth in sequence(seconds=seconds, frame_rate=rate, seed=seed, eye=eye):
        time = START + frame.timestamp + eye * _EYE_1_LATER
        jpeg = cv2.imencode(".jpg", frame.gray, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        yield (
            Frame(
                eye, frame.index, time, time, frame.gray, None, jpeg, None, frame.focal_length_px
            ),
            truth,
        )


def _pupil(frame: Frame, truth: Truth) -> Pupil:
    if truth.visible_share < 0.8:
        return Pupil.missing(frame)
    return Pupil.found(frame, truth.ellipse, 0.99)


def _gaze(pupil: Pupil) -> Gaze:
    return Gaze(
        topic=f"gaze.2d.{pupil.eye}.",
        timestamp=pupil.timestamp,
        confidence=pupil.confidence,
        base=(pupil,),
        norm_pos=pupil.norm_pos,
        extra={"id": pupil.eye},
    )


def _annotation(after: float) -> Record:
    fields = {"label": "target", "timestamp": START + after, "duration": 0.0, "side": "left"}
    return "annotation", {"topic": "annotation", **fields}


def _notifications(pupils: Sequence[Pupil], seconds: float) -> Iterator[Record]:
    gazer, before = "Gaze_Mapper_HMD_2D", START - 1.0
    sure = [pupil for pupil in pupils if pupil.confidence > 0.9]
    shown = [
        {"norm_pos": list(pupil.norm_pos), "timestamp": pupil.timestamp, "id": pupil.eye}
        for pupil in sure
    ]
    data = {"ref_list": shown, "pupil_list": [pupil_to_wire(pupil) for pupil in pupils]}
    yield _notification("calibration.setup.v2", before, gazer_class_name=gazer, calib_data=data)
    params = {"params0": STRAIGHT, "params1": STRAIGHT}
    yield _notification("calibration.result.v2", before, gazer_class_name=gazer, params=params)
    yield _notification("trial.started", START + seconds / 4, number=3)
    yield _notification("recording.should_stop", START + seconds / 3)


def _notification(subject: str, timestamp: float, **fields: Any) -> Record:
    topic = f"notify.{subject}"
    more = {"version": 2} if subject.startswith("calibration") else {}
    told = {"subject": subject, "topic": topic, "timestamp": timestamp, "record": True}
    return topic, {**told, **more, **fields}


def _write_video(made: Simulated, eye: int) -> None:
    frames = made.frames[eye]
    size = (frames[0].width, frames[0].height)
    video = VideoWriter(made.path / f"eye{eye}.mp4", *size)
    times = TimestampsWriter(made.path / f"eye{eye}_timestamps.npy")
    for frame in frames:
        assert frame.jpeg
        video.add(frame.jpeg, int((frame.timestamp - START) * _TICKS))
        times.add(frame.timestamp)
    video.close()
    times.sync()
    times.close()
    _write_intrinsics(made.path / f"eye{eye}.intrinsics", size, frames[0].focal_length_px or 0.0)


def _write_intrinsics(path: Path, size: tuple[int, int], focal_length_px: float) -> None:
    across, down = size[0] / 2, size[1] / 2
    entry = {
        "camera_matrix": [
            [focal_length_px, 0.0, across],
            [0.0, focal_length_px, down],
            [0.0, 0.0, 1.0],
        ],
        "dist_coefs": [[0.0] * 5],
        "resolution": list(size),
        "cam_type": "radial",
    }
    path.write_bytes(msgpack.packb({"version": 1, str(size): entry}))
