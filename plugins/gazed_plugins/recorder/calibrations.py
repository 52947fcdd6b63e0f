"""The last calibration, which a recording begins with (spec 4.1)."""

from __future__ import annotations

import contextlib
from pathlib import Path

from gazed import Notification
from gazed_plugins.recorder.files import replace_file

_SUBJECTS = ("calibration.setup.v2", "calibration.result.v2")


class Calibrations:
    """Keeps the setup and the result of the last calibration while the daemon runs.

    They lie in the daemon's own folder, so that a recorder that was restarted has them, and
    go with it: nothing of one day's wearer gets into the next day's recording.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def hear(self, notification: Notification) -> None:
        """Keep a calibration; other notifications are passed over."""
        if notification.subject in _SUBJECTS and len(notification.frames) > 1:
            with contextlib.suppress(OSError):  # a convenience; the disk is not its business
                replace_file(self._path(notification.subject), notification.frames[1])

    def last(self) -> list[tuple[str, bytes]]:
        """Return topic and payload of setup and result, as far as there are any."""
        paths = [(subject, self._path(subject)) for subject in _SUBJECTS]
        return [
            (f"notify.{subject}", path.read_bytes()) for subject, path in paths if path.is_file()
        ]

    def _path(self, subject: str) -> Path:
        return self._directory / f"recorder.{subject}"
