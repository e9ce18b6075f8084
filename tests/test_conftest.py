"""The guards of conftest.py bite."""

from __future__ import annotations

import signal
import socket

import pytest
from llama_index.core import settings


def test_outside_addresses_and_names_are_refused() -> None:
    with socket.socket() as client, pytest.raises(AssertionError, match="reach the network"):
        client.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(AssertionError):
        client.sendto(b"?", ("192.0.2.1", 53))
    with pytest.raises(AssertionError, match=r"example\.invalid"):
        socket.create_connection(("example.invalid", 443), timeout=1)


def test_loopback_works() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5) as client,
    ):
        client.sendall(b"hello")
        peer, _ = server.accept()
        with peer:
            assert peer.recv(5) == b"hello"


@pytest.mark.parametrize("name", ["llm", "embed_model"])
def test_llama_index_falls_back_to_no_global_model(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings.Settings, f"_{name}", None)
    with pytest.raises(AssertionError, match="global LlamaIndex model"):
        getattr(settings.Settings, name)


def test_ctrl_c_is_not_ignored() -> None:
    """As it would be where the tests are a shell's background job."""
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
