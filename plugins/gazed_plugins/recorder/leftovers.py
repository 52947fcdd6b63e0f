"""Recordings that an earlier recorder could not finish."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from gazed import Context
from gazed_plugins.recorder.closing import RepairError
from gazed_plugins.recorder.disk import reason_of
from gazed_plugins.recorder.folder import Owner, owner_of
from gazed_plugins.recorder.info import NAME
from gazed_plugins.recorder.repair import mend, unfinished

_PATIENCE = 10.0
_AGAIN_SECONDS = 0.1
_FRESH_SECONDS = 30.0
_REASON = "the recorder ended unexpectedly; what was recorded until then is kept"


class Leftovers:
    """Finds unfinished recordings below a folder and repairs them in the background.

    Clients of this same daemon still believe in a recording that its recorder did not
    survive; they are told first, and eyes that film for it end their videos then. If it broke
    off just now and nobody had asked for its end, ``go_on`` is called with its folder and owner.
    ``looking`` says that the folder is still being searched.
    """

    def __init__(self, context: Context, root: Path, go_on: Callable[[Path, Owner], None]) -> None:
        self.looking = True
        self._context = context
        self._go_on = go_on
        context.background(partial(unfinished, root), self._found)

    def _found(self, folders: Any) -> None:
        self.looking = False
        if isinstance(folders, Exception):
            self._context.log.warning("old recordings cannot be looked through: %s", folders)
            return
        owners = {path: owner_of(path) for path in folders}
        ours = [path for path in folders if owners[path].daemon == self._context.connection.pid]
        for folder in ours:
            self._tell(f"{folder}/")
        for folder in [path for path in ours if not owners[path].ending and _is_fresh(path)][-1:]:
            self._go_on(folder, owners[folder])
        work = partial(_mended, ours, [path for path in folders if path not in ours])
        self._context.background(work, self._report)

    def _tell(self, path: str) -> None:
        self._context.log.error("recording %s: %s", path, _REASON)
        self._context.notify("recording.failed", reason=_REASON, rec_path=path)
        self._context.notify("recording.stopped", rec_path=path)

    def _report(self, mended: Any) -> None:
        if isinstance(mended, Exception):
            self._context.log.error("old recordings cannot be repaired: %s", mended)
            return
        for folder, found in mended:
            if isinstance(found, str):
                self._context.log.info("not repaired: %s", found)
                continue
            for text in found:
                self._context.log.warning("repaired %s: %s", folder, text)
            self._context.notify("recording.repaired", rec_path=f"{folder}/", findings=found)


def _is_fresh(folder: Path) -> bool:
    """Tell whether a recording was still written a moment ago; it notes its length each second."""
    try:
        return time.time() - (folder / NAME).stat().st_mtime < _FRESH_SECONDS
    except OSError:
        return False


def _mended(ours: Sequence[Path], others: Sequence[Path]) -> list[tuple[Path, list[str] | str]]:
    """Return for each recording what was repaired, or the reason why nothing was."""
    return [(path, _outcome(path, _PATIENCE if path in ours else 0.0)) for path in (*ours, *others)]


def _outcome(folder: Path, patience: float) -> list[str] | str:
    """Repair a recording, when its eyes have ended their videos."""
    end = time.monotonic() + patience
    while True:
        try:
            return mend(folder)
        except FileNotFoundError as error:  # an eye has finished its video just now
            reason = reason_of(error, folder)
        except RepairError as error:
            reason = str(error)
        except OSError as error:
            return reason_of(error, folder)
        if time.monotonic() >= end:
            return reason
        time.sleep(_AGAIN_SECONDS)
