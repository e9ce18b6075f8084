"""A server that the tests of a module share, over the home of the server's own tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.server.running_server import Running, ingested, running


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ingested(tmp_path_factory.mktemp("mcp"))


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Running]:
    with running(home) as started:
        yield started
