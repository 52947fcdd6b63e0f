"""Fixtures: a bench in an eye's host, and what detector and lid model say of a simulated eye."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import Bench
from lids_watched import Watched, watch


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench on which plugins run without a daemon, as in eye 0's host."""
    with Bench(tmp_path, "eye0") as bench:
        yield bench


@pytest.fixture(scope="session", params=["easy", "medium", "hard"])
def watched(request: pytest.FixtureRequest) -> Watched:
    """Fourteen seconds of one eye at each level."""
    return watch(request.param)
