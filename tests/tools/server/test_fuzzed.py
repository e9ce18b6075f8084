"""Requests that schemathesis makes of the schema, valid and not: none may break the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.tools.server.running_server import Running, running

EXAMPLES = 40
OPERATIONS = [
    "GET /v1/models",
    "GET /v1/models/{model}",
    "POST /v1/chat/completions",
    "POST /v1/embeddings",
    "POST /search",
    "POST /ask",
    "GET /collections",
    "GET /collections/{name}",
    "GET /health",
    "GET /ready",
    "GET /metrics",
]
CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def fuzzed(home: Path) -> Iterator[Running]:
    with running(home) as started:
        yield started


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (name, mode)
        for name in OPERATIONS
        for mode in GenerationMode
        # What takes nothing can't be asked wrongly.
        if mode == GenerationMode.POSITIVE or name.startswith("POST") or "{" in name
    ],
    ids=lambda value: getattr(value, "value", value),
)
def test_no_request_breaks_the_server(fuzzed: Running, name: str, mode: GenerationMode) -> None:
    method, path = name.split()
    schema = schemathesis.openapi.from_url(f"{fuzzed.url}/openapi.json")
    operation = schema[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        case.call_and_validate(base_url=fuzzed.url, checks=CHECKS, timeout=30)

    ask()


def test_every_operation_is_tried(fuzzed: Running) -> None:
    paths = fuzzed.client.get("/openapi.json").json()["paths"]
    assert set(OPERATIONS) == {
        f"{method.upper()} {path}" for path, operations in paths.items() for method in operations
    }
