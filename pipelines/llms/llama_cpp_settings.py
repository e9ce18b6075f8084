"""Settings of a GGUF model that llama.cpp runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.llms.generation import GenerationOptions

if TYPE_CHECKING:
    from pipelines.llms.served.served_llm import ServedLLM


class LlamaCppLLMSettings(ComponentSettings):
    """A model by catalogue name, or a GGUF file; of a split one, the first part.

    The extra `llama-cpp` must be installed. The GGUF file is the one that `models pull` fetches;
    nothing is converted. `gpu_layers` lie on the GPU of a build that knows one; llama.cpp
    decides when null.
    """

    kind: Literal["llama_cpp"]
    model: str = "qwen2.5-coder-1.5b"
    context_window: int = Field(default=4096, ge=128, description="tokens of prompt and answer")
    threads: int | None = Field(default=None, ge=1, description="CPU threads; its choice if null")
    gpu_layers: int | None = Field(default=None, ge=0)
    enable_thinking: bool = False
    generation: GenerationOptions = GenerationOptions()

    @property
    def local_model(self) -> str:
        """Catalogue name or file of the weights."""
        return self.model

    def build(self, home: Path, on_stage: Callable[[str], None] | None = None) -> ServedLLM:
        """Load the model; a catalogue model must have been pulled.

        Raises:
            YomitokiError: xllamacpp is not installed, or the model is not on disk or can't be
                loaded.
        """
        from pipelines.llms.served.in_process import load_gguf

        if on_stage:
            on_stage("loading model")
        return load_gguf(self, home)
