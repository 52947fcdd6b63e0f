"""What a calibration gathers between its start and its stop."""

from __future__ import annotations

from collections.abc import Callable

from gazed import MessageError, Pupil, pack, pupil_to_wire, unpack
from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS, Numbers
from gazed_plugins.hmd_calibration.packing import packed_row
from gazed_plugins.hmd_calibration.references import targets_of, within_reason

_MIB = 1024 * 1024
# Everything gathered goes out in one message, which may have 64 MiB. This is room for
# four minutes of two 120 Hz eyes with 2D and 3D data, and for some 200,000 references.
PUPIL_BYTES = 48 * _MIB
REFERENCE_BYTES = 12 * _MIB


class PackedList:
    """Packed maps up to a number of bytes; what does not fit is counted as refused."""

    def __init__(self, limit: int) -> None:
        self.items: list[bytes] = []
        self.refused = 0
        self._room = limit

    def add(self, packed: bytes) -> bool:
        """Keep a map; False when there is no room for it."""
        if len(packed) > self._room:
            self.refused += 1
            return False
        self._room -= len(packed)
        self.items.append(packed)
        return True


class Collection:
    """Pupil data and references, packed as they come: at the end there is no time for it.

    ``rows`` holds (confidence, packed row) of each usable pupil datum, ``targets`` (eye or -1
    for both, timestamp, position), packed, of each reference, both by kind of reference.
    ``on_target`` gets each target with its kind.
    """

    def __init__(
        self,
        census: Census | None = None,
        on_target: Callable[[str, Numbers], None] = lambda *_: None,
        pupil_bytes: int = PUPIL_BYTES,
        reference_bytes: int = REFERENCE_BYTES,
    ) -> None:
        self.pupils = PackedList(pupil_bytes)
        self.references = PackedList(reference_bytes)
        self.malformed = 0
        self.census = census or Census()
        self.rows: dict[str, list[tuple[float, bytes]]] = {kind: [] for kind in KINDS}
        self.targets: dict[str, list[bytes]] = {kind: [] for kind in KINDS}
        self._on_target = on_target

    def add_pupil(self, pupil: Pupil) -> None:
        """Keep a pupil datum."""
        self.census.add(pupil)
        if not self.pupils.add(pack(pupil_to_wire(pupil))):
            return
        for name, kind in KINDS.items():
            row = kind.fit.row(pupil)
            if row and within_reason(row):
                self.rows[name].append((pupil.confidence, packed_row(row)))

    def add_reference(self, packed: bytes) -> None:
        """Keep a well-formed entry of a client's ``ref_data``; count another as malformed."""
        try:
            entry = unpack(packed)
            targets = targets_of(entry)
        except MessageError:
            self.malformed += 1
            return
        if self.references.add(pack(entry)):
            for kind, target in targets.items():
                self.targets[kind].append(packed_row(target))
                self._on_target(kind, target)

    def kind(self) -> str | None:
        """Return the kind of reference to fit, None when there are no references.

        That is the first there are pupil data for; failing that, the first there is.
        """
        given = [name for name in KINDS if self.targets[name]]
        return next((name for name in given if self.rows[name]), given[0] if given else None)

    def sure_rows(self, kind: str, confidence: float) -> list[bytes]:
        """Return the packed rows of one kind with at least this confidence."""
        return [row for sure, row in self.rows[kind] if sure >= confidence]

    def share_below(self, confidence: float) -> float:
        """Return which share of the usable pupil data has less than this confidence."""
        kind = self.kind() or DEFAULT_KIND
        total = len(self.rows[kind])
        return 1.0 - len(self.sure_rows(kind, confidence)) / total if total else 0.0

    def lists(self) -> dict[str, list[bytes]]:
        """Return all that was gathered as it goes out."""
        return {"ref_list": self.references.items, "pupil_list": self.pupils.items}

    def counts(self) -> dict[str, int]:
        """Return what was gathered and what was not, for the result."""
        return {
            "references": len(self.references.items),
            "pupil_data": len(self.pupils.items),
            "malformed_references": self.malformed,
            "refused_references": self.references.refused,
            "refused_pupil_data": self.pupils.refused,
        }
