from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.llms.huggingface import HuggingFaceLLM
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.served.served_llm import ServedLLM
from tests.pipelines.llms.conftest import CHATML, load_tokenizer
from tests.pipelines.llms.served.tiny_gguf import write_gguf


@pytest.fixture(scope="session")
def gguf(tmp_path_factory: pytest.TempPathFactory, model: Any, tokenizer_folder: Path) -> Path:
    pytest.importorskip("xllamacpp", reason="the extra llama-cpp is not installed")
    tokenizer = load_tokenizer(tokenizer_folder, CHATML)
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", model, tokenizer, CHATML)


@pytest.fixture(scope="session")
def local(gguf: Path) -> ServedLLM:
    """The tiny model in llama.cpp, in this process; the tests share it."""
    settings = LlamaCppLLMSettings(kind="llama_cpp", model=str(gguf), context_window=512, threads=1)
    return settings.build(gguf.parent)


@pytest.fixture
def torch_llm(model: Any, tokenizer: Any) -> HuggingFaceLLM:
    """The same model in transformers."""
    return HuggingFaceLLM(model, tokenizer, "tiny", 512)
