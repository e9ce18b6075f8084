"""What holds for every test: no network, no global model, no model hub, model tests last."""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

# At import, before any test module can import huggingface_hub, which reads these once.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for _secret in ("OPENAI_API_KEY", "HF_TOKEN", "IS_TESTING"):  # IS_TESTING makes LlamaIndex mock
    os.environ.pop(_secret, None)

# Workers side by side have a core each: two threads of each would wait for one another.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell's background job ignores Ctrl-C, and so would the programs that tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests that need real models after all others, so that a fast failure shows first."""
    items.sort(key=lambda item: item.get_closest_marker("model") is not None)


def _is_loopback(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _refuse(where: object) -> NoReturn:
    raise AssertionError(f"a test tried to reach the network: {where}")


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Only loopback and Unix sockets connect, and no name but localhost is looked up."""
    inet = (socket.AF_INET, socket.AF_INET6)
    look_up = socket.getaddrinfo

    def guard(method: Any) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if self.family in inet and not _is_loopback(arguments[-1][0]):
                _refuse(arguments[-1])
            return method(self, *arguments)

        return call

    def local_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        return look_up(host, *arguments, **options) if _is_loopback(host) else _refuse(host)

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, guard(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", local_look_up)
        yield


@pytest.fixture(autouse=True)
def _no_global_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """LlamaIndex's fallback to a global model raises; a test names the models that it uses."""
    settings = sys.modules.get("llama_index.core.settings")
    if settings is None:
        return

    def explicit_only(resolve: Any) -> Any:
        def call(model: Any = None, *arguments: Any, **options: Any) -> Any:
            if model == "default":
                raise AssertionError("a global LlamaIndex model was asked for: pass one")
            return resolve(model, *arguments, **options)

        return call

    for name in ("resolve_llm", "resolve_embed_model"):
        monkeypatch.setattr(settings, name, explicit_only(getattr(settings, name)))
