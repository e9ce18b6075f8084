"""Settings of a Hugging Face causal language model that runs in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.llms.generation import GenerationOptions

if TYPE_CHECKING:
    from pipelines.llms.huggingface import HuggingFaceLLM

Quantization = Literal["nf4", "int8", "bf16", "fp16", "fp32"]
CpuKernel = Literal["auto", "int8", "bitsandbytes"]


class HuggingFaceLLMSettings(ComponentSettings):
    """A model by catalogue name, hub id or local folder.

    `quantization` is how the weights are kept: `nf4` and `int8` by bitsandbytes, the others as
    plain tensors. `cpu_kernel` is how 4-bit weights are multiplied on a CPU: `bitsandbytes` in
    bfloat16, `int8` with 8-bit integers (docs/decisions/003), `auto` picks the faster one for the
    processor at hand. A GPU always uses bitsandbytes.
    """

    kind: Literal["huggingface"]
    model: str = "qwen2.5-coder-1.5b"
    revision: str | None = None
    quantization: Quantization = "nf4"
    cpu_kernel: CpuKernel = "auto"
    device_map: str = Field(default="auto", description="auto, cpu, cuda, cuda:0, mps …")
    context_window: int = Field(default=4096, ge=128, description="tokens of prompt and answer")
    threads: int | None = Field(default=None, ge=1, description="CPU threads; all by default")
    draft_tokens: int = Field(
        default=6, ge=0, description="tokens guessed from the prompt and checked in one pass"
    )
    enable_thinking: bool = False
    trust_remote_code: bool = False
    generation: GenerationOptions = GenerationOptions()

    @property
    def local_model(self) -> str:
        """Catalogue name, hub id or folder of the weights."""
        return self.model

    def build(self, home: Path, on_stage: Callable[[str], None] | None = None) -> HuggingFaceLLM:
        """Load the model; a catalogue model must have been pulled.

        Raises:
            YomitokiError: The model is not on disk, can't be reached or can't be loaded.
        """
        from pipelines.llms.loading import load

        return load(self, home, on_stage or (lambda _: None))
