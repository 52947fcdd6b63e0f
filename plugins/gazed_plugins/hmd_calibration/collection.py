"""What a calibration gathers between its start and its stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gazed import MessageError, Pupil, pack, pupil_to_wire
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS, Numbers
from gazed_plugins.hmd_calibration.start import vector

_MIB = 1024 * 1024
# Everything gathered goes out in one message, which may have 64 MiB. This is room for
# four minutes of two 120 Hz eyes with 2D and 3D data, and for some 200,000 references.
PUPIL_BYTES = 48 * _MIB
REFERENCE_BYTES = 12 * _MIB
_BOTH_EYES = -1
_FARTHEST = 1e6


class PackedList:
    """Packed maps up to a number of bytes; what does not fit is counted as refused."""

    def __init__(self, limit: int) -> None:
        self.items: list[bytes] = []
        self.refused = 0
        self._room = limit

    def add(self, fields: Mapping[str, Any]) -> bool:
        """Keep a map; False when there is no room for it."""
        packed = pack(fields)
        if len(packed) > self._room:
            self.refused += 1
            return False
        self._room -= len(packed)
        self.items.append(packed)
        return True


class Collection:
    """Pupil data and references, as clients will read them and as the fits need them.

    ``rows`` holds (confidence, row) of each usable pupil datum, ``targets`` (eye or -1 for
    both, timestamp, position) of each reference, both by kind of reference.
    """

    def __init__(self, pupil_bytes: int = PUPIL_BYTES, reference_bytes: int = REFERENCE_BYTES):
        self.pupils = PackedList(pupil_bytes)
        self.references = PackedList(reference_bytes)
        self.malformed = 0
        self.rows: dict[str, list[tuple[float, Numbers]]] = {kind: [] for kind in KINDS}
        self.targets: dict[str, list[Numbers]] = {kind: [] for kind in KINDS}

    def add_pupil(self, pupil: Pupil) -> None:
        """Keep a pupil datum."""
        if not self.pupils.add(pupil_to_wire(pupil)):
            return
        for name, kind in KINDS.items():
            row = kind.fit.row(pupil) if kind.fit else None
            if row and _near(row):
                self.rows[name].append((pupil.confidence, row))

    def add_references(self, entries: Any) -> None:
        """Keep the well-formed entries of a client's ``ref_data``; count the others."""
        if not isinstance(entries, (list, tuple)):
            self.malformed += 1
            return
        for entry in entries:
            self._add_reference(entry)

    def kind(self) -> str | None:
        """Return the kind of reference to fit, None when there are no references.

        That is the first with a fit; failing that, the first there is.
        """
        given = [name for name in KINDS if self.targets[name]]
        return next((name for name in given if KINDS[name].fit), given[0] if given else None)

    def sure_rows(self, kind: str, confidence: float) -> list[Numbers]:
        """Return the rows of one kind with at least this confidence."""
        return [row for sure, row in self.rows[kind] if sure >= confidence]

    def share_below(self, confidence: float) -> float:
        """Return which share of the usable pupil data has less than this confidence."""
        kind = self.kind() or DEFAULT_KIND
        total = len(self.rows[kind])
        return 1.0 - len(self.sure_rows(kind, confidence)) / total if total else 0.0

    def counts(self) -> dict[str, int]:
        """Return what was gathered and what was not, for the result."""
        return {
            "references": len(self.references.items),
            "pupil_data": len(self.pupils.items),
            "malformed_references": self.malformed,
            "refused_references": self.references.refused,
            "refused_pupil_data": self.pupils.refused,
        }

    def _add_reference(self, entry: Any) -> None:
        try:
            targets = targets_of(entry)
        except MessageError:
            self.malformed += 1
            return
        if self.references.add(entry):
            for kind, target in targets.items():
                self.targets[kind].append(target)


def targets_of(entry: Any) -> dict[str, Numbers]:
    """Return (eye or -1, timestamp, position) of a reference map, for each kind in it.

    Raises MessageError when it is no map, has no timestamp, no position, or a wrong one.
    """
    if not isinstance(entry, dict):
        raise MessageError("the reference is not a map")
    eye = entry.get("id")
    if isinstance(eye, bool) or eye not in (None, 0, 1):
        raise MessageError("the reference's id is not 0 or 1")
    whose = _BOTH_EYES if eye is None else int(eye)
    when = vector([entry.get("timestamp")], 1, "timestamp")
    targets = {
        kind: (whose, *when, *vector(entry[kind], KINDS[kind].length, kind))
        for kind in KINDS
        if entry.get(kind) is not None
    }
    if not all(map(_near, targets.values())):
        raise MessageError("the reference is beyond all reason")
    if not targets:
        raise MessageError(f"the reference has none of {', '.join(KINDS)}")
    return targets


def _near(numbers: Numbers) -> bool:
    """Tell whether the position behind eye and timestamp is one that sums can hold."""
    return all(abs(value) <= _FARTHEST for value in numbers[2:])
