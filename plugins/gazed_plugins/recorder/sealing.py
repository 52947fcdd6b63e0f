"""The last step of a recording: its videos are finished, its manifest gets the checksums."""

from __future__ import annotations

import time
from functools import partial

from gazed import Context, GazedError, Notification
from gazed_plugins.recorder.closing import seal
from gazed_plugins.recorder.disk import reason_of
from gazed_plugins.recorder.folder import Folder

_PATIENCE = 10.0


class Sealing:
    """Waits for the eyes that write videos into a recording, then seals it.

    ``due`` says that nobody writes any more, or takes too long to say so.
    """

    def __init__(self, folder: Folder) -> None:
        self.path = f"{folder.directory}/"
        self._folder = folder
        self._eyes: set[int] = set()
        self._since: float | None = None
        self._lost: dict[str, int] = {}
        self._notes: list[str] = []

    @property
    def due(self) -> bool:
        """Whether it is time to seal."""
        if self._since is None:
            return False
        return not self._eyes or time.monotonic() - self._since > _PATIENCE

    @property
    def lost(self) -> dict[str, int]:
        """What is not in the recording, by stream."""
        return self._folder.manifest.lost

    def begin(self) -> None:
        """Wait for the eyes from now on."""
        self._since = time.monotonic()

    def hear(self, said: Notification) -> None:
        """Follow what the eyes say of their videos, and what the kernel says of the eyes."""
        if said.subject == "host.died":
            self._eyes.discard({"eye0": 0, "eye1": 1}.get(str(said.get("host")), -1))
        elif said.get("rec_path") == self.path and said.subject == "recording.video_started":
            self._eyes.add(said["eye_id"])
        elif said.get("rec_path") == self.path and said.subject == "recording.video_closed":
            self._eyes.discard(said["eye_id"])
            self._note(said)

    def seal(self) -> str:
        """Seal the recording; return why that was not possible, empty when it was.

        May take seconds: it reads all files for their checksums.
        """
        manifest = self._folder.manifest
        for stream, count in self._lost.items():
            manifest.lose(stream, count)
        manifest.notes += self._notes
        self._folder.release()
        try:
            seal(self._folder.directory, manifest, self._folder.extents())
        except OSError as error:
            return reason_of(error, self._folder.directory)
        except GazedError as error:
            return str(error)
        return ""

    def _note(self, said: Notification) -> None:
        lost, notes = said.get("lost", 0), said.get("notes", [])
        if isinstance(lost, int) and lost > 0:
            stream = f"frame.eye.{said['eye_id']}"
            self._lost[stream] = self._lost.get(stream, 0) + lost
        self._notes += [str(note) for note in notes]


class Sealings:
    """The recordings whose videos are still written; ``recording.closed`` tells the end of each."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._waiting: list[Sealing] = []

    @property
    def all_due(self) -> bool:
        """Whether no recording waits for an eye."""
        return all(sealing.due for sealing in self._waiting)

    def add(self, folder: Folder) -> Sealing:
        """Look after a recording that has begun."""
        sealing = Sealing(folder)
        self._waiting.append(sealing)
        return sealing

    def hear(self, said: Notification) -> None:
        """Follow what the eyes say of their videos, and what the kernel says of the eyes."""
        for sealing in self._waiting:
            sealing.hear(said)

    def work(self) -> None:
        """Seal what is due, in the background."""
        for sealing in [sealing for sealing in self._waiting if sealing.due]:
            self._waiting.remove(sealing)
            self._context.background(sealing.seal, partial(self._sealed, sealing))

    def finish(self) -> None:
        """Seal at once what is due; there will be nobody to tell."""
        for sealing in self._waiting:
            if sealing.due:
                sealing.seal()

    def _sealed(self, sealing: Sealing, problem: object) -> None:
        if problem:
            self._context.log.error("recording %s is not finished: %s", sealing.path, problem)
        self._context.notify(
            "recording.closed", rec_path=sealing.path, lost=sealing.lost, reason=str(problem)
        )
