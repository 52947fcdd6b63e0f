"""What can keep a recording from being processed."""

from __future__ import annotations

from gazed import GazedError


class ProcessingError(GazedError):
    """A recording cannot be processed; the text says why and what to do."""
