"""The menu of language models."""

from __future__ import annotations

from pipelines.llms.huggingface_settings import HuggingFaceLLMSettings

LLMSettings = HuggingFaceLLMSettings
