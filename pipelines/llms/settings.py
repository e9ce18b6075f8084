"""The menu of language models."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings

LLMSettings = Annotated[
    HuggingFaceLLMSettings | OpenAILikeLLMSettings | LlamaCppLLMSettings,
    Field(discriminator="kind"),
]
