"""How far the lids are apart, from the eye's picture: openness, and when an eye closes."""

from gazed_plugins.eyelids.closure import Closed, Closure, Opened
from gazed_plugins.eyelids.model import SEEN, TRUSTED, LidModel, Reading
from gazed_plugins.eyelids.plugin import Eyelids
from gazed_plugins.eyelids.views import cell_at, view_of

__all__ = [
    "SEEN",
    "TRUSTED",
    "Closed",
    "Closure",
    "Eyelids",
    "LidModel",
    "Opened",
    "Reading",
    "cell_at",
    "view_of",
]
