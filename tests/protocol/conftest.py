"""Fixtures: one service for the tests of a module, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from daemon import Daemon
from protocol.raw import RawClient
from protocol.running import running


@pytest.fixture(scope="module")
def service() -> Iterator[Daemon]:
    """A daemon without eyes, the same for all tests of a module."""
    with running() as daemon:
        yield daemon


@pytest.fixture
def remote(service: Daemon) -> Iterator[RawClient]:
    """A client of ``service``."""
    with RawClient(service.port) as client:
        yield client
