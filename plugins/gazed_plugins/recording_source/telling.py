"""Which recorded notifications tell something, and which would make somebody act."""

from __future__ import annotations

_ORDERS = ("should_", "start_", "stop_", "set_")
_OF_THE_SERVICE = frozenset(
    (
        "accuracy_test",
        "calibration",
        "calibrations",
        "capture",
        "clear_settings_process",
        "delayed_notify",
        "eye_process",
        "eyelids",
        "file_source",
        "frame_publishing",
        "gaze_mapper",
        "host",
        "ipc_startup",
        "kernel",
        "launcher_process",
        "meta",
        "player_process",
        "plugin",
        "pupil_detector",
        "recording",
        "recording_source",
        "service_process",
        "simulated_headset",
        "validation",
        "world_process",
    )
)


def tells(subject: str) -> bool:
    """Tell whether a notification of this subject can be sent again without harm.

    Orders are left out (``thing.should_verb``, ``start_plugin``), and so is what the service
    says of its own doings, such as ``recording.started``: its parts would act on it.
    """
    parts = subject.split(".")
    return parts[0] not in _OF_THE_SERVICE and not any(map(_orders, parts))


def _orders(part: str) -> bool:
    return part.startswith(_ORDERS)
