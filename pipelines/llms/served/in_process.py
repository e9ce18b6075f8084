"""llama.cpp in this process: its server, which nobody else can reach, on a pulled GGUF file."""

from __future__ import annotations

import ctypes
import shutil
import signal
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.component import need
from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.served.connection import Address, Connection
from pipelines.llms.served.llama_dialect import LlamaDialect
from pipelines.llms.served.served_llm import ServedLLM
from pipelines.models.catalogue import CATALOGUE
from pipelines.models.folder import ModelFolder

INSTALL = "pip install 'xllamacpp>=2026.10' (the extra llama-cpp)"
# A prompt is read in pieces of so many tokens; between two of them it can be stopped.
_PIECE = 128
# Of what llama.cpp tells, errors alone would matter, and those come as exceptions.
_SILENT = -1


class LlamaServer:
    """llama.cpp's server on a socket in a folder that this user alone can enter.

    It ends when it is let go, or with the process.
    """

    def __init__(self, path: Path, context_window: int, threads: int | None, layers: int | None):
        """Load a model.

        Raises:
            YomitokiError: xllamacpp is not installed, or the file can't be loaded.
        """
        xllamacpp: Any = need("xllamacpp", INSTALL)
        folder = tempfile.mkdtemp(prefix="yomitoki-")
        self.socket = str(Path(folder) / "llama.sock")
        params = _params(xllamacpp.CommonParams(), path, self.socket, context_window)
        if threads is not None:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        if layers is not None:
            params.n_gpu_layers = layers
        try:
            with _signals_kept():
                server = xllamacpp.Server(params)
        except RuntimeError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise YomitokiError(
                f"{path}: llama.cpp can't load it: it is damaged, no GGUF file of a language "
                "model, of a newer kind than xllamacpp, or larger than the free memory"
            ) from error
        # Letting go of the list ends the server's threads, at the latest when Python ends.
        self._finish = weakref.finalize(self, _end, [server], folder)

    def close(self) -> None:
        """End it."""
        self._finish()


def load_gguf(settings: LlamaCppLLMSettings, home: Path) -> ServedLLM:
    """Load what the settings name.

    Raises:
        YomitokiError: Not pulled, no such file, or not to be loaded.
    """
    server = LlamaServer(
        gguf_file(settings.model, home),
        settings.context_window,
        settings.threads,
        settings.gpu_layers,
    )
    connection = Connection(
        Address("http://llama.cpp", silence_seconds=None, attempts=1, socket=server.socket)
    )
    dialect = LlamaDialect(
        connection, settings.model, settings.context_window, settings.enable_thinking
    )
    return ServedLLM(
        connection,
        dialect,
        settings.model,
        settings.context_window,
        settings.generation,
        kept=server,
    )


def gguf_file(model: str, home: Path) -> Path:
    """The GGUF file of a catalogue model, or the file that is named.

    Raises:
        YomitokiError: It is not there.
        ConfigError: A catalogue model of another role, or no GGUF file.
    """
    known = next((m for m in CATALOGUE if m.name == model), None)
    if known is None:
        path = Path(model).expanduser()
        names = ", ".join(m.name for m in CATALOGUE if m.gguf)
        if not path.is_file():
            raise YomitokiError(
                f"llm.model: {model}: no such file: name a GGUF file, or one of {names}"
            )
        if path.open("rb").read(4) != b"GGUF":
            raise ConfigError(f"llm.model: {model}: no GGUF file: name one, or one of {names}")
        return path
    if known.gguf is None:
        raise ConfigError(f"llm.model: {model} is no language model")
    path = ModelFolder(home, model).source / known.gguf.path
    if not path.is_file():
        raise YomitokiError(f"{model}: not downloaded: run python main.py models pull {model}")
    return path


def _params(params: Any, path: Path, socket: str, context_window: int) -> Any:
    params.model.path = str(path)
    params.hostnames = [socket]
    params.n_ctx = context_window
    # One question at a time: one slot, whose prompt the next one may begin with.
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = _PIECE
    params.warmup = False
    params.cache_ram_mib = 0
    params.ui = False
    params.endpoint_slots = False
    params.verbosity = _SILENT
    return params


@contextmanager
def _signals_kept() -> Iterator[None]:
    """llama.cpp takes Ctrl-C and the like for itself while it loads; here they are given back.

    Python's own way to set a handler works in the main thread only, and a server loads models in
    another one.
    """
    library = ctypes.CDLL(None)
    kept = [(number, ctypes.create_string_buffer(1024)) for number in _TAKEN]
    for number, handler in kept:
        library.sigaction(number, None, handler)
    try:
        yield
    finally:
        for number, handler in kept:
            library.sigaction(number, handler, None)


_TAKEN = (signal.SIGINT, signal.SIGTERM)


def _end(servers: list[Any], folder: str) -> None:
    servers.clear()
    shutil.rmtree(folder, ignore_errors=True)
