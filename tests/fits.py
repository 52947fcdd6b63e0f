"""Fits without a process of their own, for tests of what is around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from gazed import Fields, pack, unpack


class FitterInThread:
    """In the place of the calibration's Fitter: answers in the thread that asks."""

    def __init__(self, modules: Sequence[str]) -> None:
        self._modules = modules

    def question(self, request: bytes, timeout: float) -> Callable[[], Fields]:
        """Return the work of answering."""
        return lambda: self._answer(unpack(request))

    def stop(self) -> None:
        """Nothing is left to be stopped."""

    def _answer(self, request: Fields) -> Fields:
        assert request["fit"] in self._modules
        return unpack(pack(import_module(request["fit"]).answer(request)))
