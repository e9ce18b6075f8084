"""Servers on loopback that stand for the hub and the package index."""

from __future__ import annotations

import random

import pytest
from local_index import pip_environment


@pytest.fixture
def content() -> bytes:
    """60,000 bytes that do not compress, the same in every run."""
    return random.Random(7).randbytes(60_000)


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The hub is not switched off, and lies where no server listens until a test says where."""
    from huggingface_hub import constants

    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    for name, value in pip_environment("http://127.0.0.1:9/simple/").items():
        monkeypatch.setenv(name, value)
    return monkeypatch
