"""What a calibration gathers between its start and its stop."""

from __future__ import annotations

from collections.abc import Callable

from gazed import MessageError, Pupil, pack, pupil_to_wire, unpack
from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS, Numbers
from gazed_plugins.hmd_calibration.packing import PackedList, packed_row
from gazed_plugins.hmd_calibration.references import targets_of, within_reason

_MIB = 1024 * 1024
# What a fit reads goes out in one message, which may have 64 MiB. This is room for five
# minutes of two 120 Hz eyes with 3D data, and for some 200,000 references.
PUPIL_BYTES = 48 * _MIB
REFERENCE_BYTES = 12 * _MIB


class Collection:
    """Pupil data and references, packed as they come: at the end there is no time for it.

    By kind of reference: ``pupils`` holds the pupil data that such a fit reads, as they came,
    ``rows`` their numbers where the confidence suffices, and ``targets`` (eye or -1 for both,
    timestamp, position) of each reference. ``on_target`` gets each target with its kind.
    ``pupil_data`` counts all that were kept, ``refused`` those for which there was no room.
    """

    def __init__(
        self,
        census: Census | None = None,
        on_target: Callable[[str, Numbers], None] = lambda *_: None,
        pupil_bytes: int = PUPIL_BYTES,
        reference_bytes: int = REFERENCE_BYTES,
    ) -> None:
        self.pupil_data = self.refused = 0
        self.references = PackedList(reference_bytes)
        self.malformed = 0
        self.census = census or Census()
        self.pupils = {kind: PackedList(pupil_bytes) for kind in KINDS}
        self.rows = {kind: PackedList() for kind in KINDS}
        self.targets = {kind: PackedList() for kind in KINDS}
        self._on_target = on_target

    def add_pupil(self, pupil: Pupil) -> None:
        """Keep a pupil datum."""
        self.census.add(pupil)
        packed = pack(pupil_to_wire(pupil))
        for name, kind in KINDS.items():
            row = kind.fit.row(pupil)
            if row and within_reason(row):
                if not self.pupils[name].add(packed):
                    self.refused += 1
                    return
                if pupil.confidence >= self.census.threshold:
                    self.rows[name].add(packed_row(row))
        self.pupil_data += 1

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
                self.targets[kind].add(packed_row(target))
                self._on_target(kind, target)

    def kind(self) -> str | None:
        """Return the kind of reference to fit, None when there are no references.

        That is the first there are pupil data for; failing that, the first there is.
        """
        given = [name for name in KINDS if self.targets[name]]
        return next((name for name in given if self.pupils[name]), given[0] if given else None)

    def share_unsure(self) -> float:
        """Return which share of the usable pupil data has too little confidence to be fitted."""
        kind = self.kind() or DEFAULT_KIND
        total = self.pupils[kind].count
        return 1.0 - self.rows[kind].count / total if total else 0.0

    def lists(self, kind: str) -> dict[str, PackedList]:
        """Return as it goes out what was gathered for a fit to this kind of references.

        Every process gets this message, so it must not be larger than need be.
        """
        return {"ref_list": self.references, "pupil_list": self.pupils[kind]}

    def counts(self) -> dict[str, int]:
        """Return what was gathered and what was not, for the result."""
        return {
            "references": self.references.count,
            "pupil_data": self.pupil_data,
            "malformed_references": self.malformed,
            "refused_references": self.references.refused,
            "refused_pupil_data": self.refused,
        }
