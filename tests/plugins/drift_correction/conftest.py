"""Fixtures: a bench for plugins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench on which plugins run without a daemon."""
    with Bench(tmp_path) as bench:
        yield bench
