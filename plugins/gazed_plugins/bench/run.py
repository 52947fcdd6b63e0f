"""The comparison itself: the same pictures in the same order, each detector by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

from gazed_plugins.bench.cases import Case, Kind, PictureSet
from gazed_plugins.bench.contender import Contender, Trial
from gazed_plugins.bench.outcome import Outcome

Mode = Literal["search", "track"]

_BLOCK = 32


@dataclass(slots=True)
class Entry:
    """What one detector made of one set.

    In mode ``search`` it had seen nothing before each picture, in mode ``track`` it saw each
    sequence from its first picture on. ``outcomes`` are in the order of the pictures.
    """

    set: str
    kind: Kind
    mode: Mode
    detector: str
    outcomes: list[Outcome] = field(default_factory=list)


def compared(contenders: Sequence[Contender], pictures: PictureSet) -> list[Entry]:
    """Run detectors over a set and return what each made of it; nothing of those that fail."""
    modes: tuple[Mode, ...] = ("search", "track") if pictures.ordered else ("search",)
    turns = [_Turn(contender, pictures, mode) for mode in modes for contender in contenders]
    for sequence in pictures.sequences:
        for number, block in enumerate(_blocks(sequence())):
            for turn in turns:
                turn.see(block, first=number == 0)
    for turn in turns:
        turn.close()
    return [turn.entry for turn in turns if turn.entry.outcomes and not turn.contender.failure]


class _Turn:
    """One detector in one mode, at work on a set."""

    def __init__(self, contender: Contender, pictures: PictureSet, mode: Mode) -> None:
        self.contender = contender
        self.entry = Entry(pictures.name, pictures.kind, mode, contender.label)
        self._trial: Trial | None = None

    def see(self, block: Sequence[Case], first: bool) -> None:
        """Show it some pictures: the ``first`` of a sequence, or those that follow."""
        if first:
            self._warm_up(block[0])
        if self.entry.mode == "search":
            for case in block:
                if case.alone:
                    self._renew()
                    self._show(case)
            return
        if first:
            self._renew()
        for case in block:
            self._show(case)

    def close(self) -> None:
        """Stop the detector."""
        if self._trial:
            self._trial.close()
        self._trial = None

    def _warm_up(self, case: Case) -> None:
        """Let it load and tabulate what it needs for pictures of this size, outside the timing."""
        self._renew()
        if self._trial:
            self._trial.see(case)

    def _renew(self) -> None:
        self.close()
        if not self.contender.failure:
            self._trial = self.contender.start()

    def _show(self, case: Case) -> None:
        if self._trial and not self.contender.failure:
            outcome = self._trial.see(case)
            if outcome:
                self.entry.outcomes.append(outcome)


def _blocks(cases: Iterator[Case]) -> Iterator[list[Case]]:
    """Yield the pictures in pieces, so that memory does not grow with the length of a video."""
    while block := list(islice(cases, _BLOCK)):
        yield block
