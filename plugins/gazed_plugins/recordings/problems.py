"""What is wrong with a recording, as sentences."""

from __future__ import annotations


class Problems:
    """Collects sentences, each once, in the order in which they were found."""

    def __init__(self) -> None:
        self._sentences: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        """Remember a sentence that names the file and what is wrong with it."""
        self._sentences[sentence] = None

    def sentences(self) -> list[str]:
        """Return what has been found so far."""
        return list(self._sentences)


def counted(number: int, noun: str) -> str:
    """Return ``1 frame``, ``2 frames``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
