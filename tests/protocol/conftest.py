"""Fixtures: one service for the tests of a module, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from daemon import Daemon
from protocol.raw import RawClient
from protocol.running import running

_LONG = "long"


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker for tests that take a minute known."""
    config.addinivalue_line("markers", f"{_LONG}: takes a minute; runs with -m {_LONG}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests that take a minute, unless they are asked for."""
    if _LONG in config.option.markexpr:
        return
    for item in items:
        if item.get_closest_marker(_LONG):
            item.add_marker(pytest.mark.skip(reason=f"takes a minute; run it with -m {_LONG}"))


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
