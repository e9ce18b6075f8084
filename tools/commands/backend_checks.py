"""What `doctor` says of language models that are not Hugging Face's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from pipelines.config import PipelineSettings
from pipelines.errors import YomitokiError
from pipelines.llms.llama_cpp_settings import LlamaCppLLMSettings
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from pipelines.llms.served.in_process import INSTALL
from pipelines.llms.served.opening import open_served
from storage.doctor import Check


def backend_checks(settings: PipelineSettings) -> Iterator[Check]:
    """Whether each server that the config names is there, and llama.cpp installed where it runs."""
    used = [settings.llm, *([settings.judge] if settings.judge else [])]
    for llm in dict.fromkeys(used):
        if isinstance(llm, OpenAILikeLLMSettings):
            yield _server(llm)
        if isinstance(llm, LlamaCppLLMSettings):
            yield _llama_cpp()


def _server(llm: OpenAILikeLLMSettings) -> Check:
    name = f"{llm.model} at {llm.base_url}"
    try:
        served = open_served(llm)
    except YomitokiError as error:
        return Check(name, False, str(error), "see docs/backends.md")
    scores = "texts" if served.scores_texts else "next words, if the server tells them"
    return Check(
        name, True, f"window of {served.context_window} tokens, choices scored by {scores}"
    )


def _llama_cpp() -> Check:
    try:
        return Check("xllamacpp", True, version("xllamacpp"))
    except PackageNotFoundError:
        return Check("xllamacpp", False, "not installed", INSTALL)
