"""Settings of a language model behind an address that speaks OpenAI's API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from pipelines.component import ComponentSettings
from pipelines.llms.generation import GenerationOptions

if TYPE_CHECKING:
    from pipelines.llms.served.served_llm import ServedLLM

ServerKind = Literal["auto", "llama_cpp", "vllm", "openai"]


class OpenAILikeLLMSettings(ComponentSettings):
    """A chat model at `base_url` (ending in /v1): vLLM, Ollama, llama.cpp's server, OpenAI …

    What is asked, passages and all, goes there. The key is read from the environment variable that
    `api_key_env` names; it is never part of a config. `server` says what may be asked beyond
    OpenAI's API: `auto` finds out, `openai` asks for nothing beyond it. `timeout_seconds` of
    silence end a request; a busy server is asked `attempts` times. Choices are read from
    log-probabilities, see docs/backends.md.
    """

    kind: Literal["openai_like"]
    base_url: str
    model: str = Field(min_length=1)
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    server: ServerKind = "auto"
    timeout_seconds: float = Field(default=120.0, gt=0)
    attempts: int = Field(default=3, ge=1, le=10)
    context_window: int = Field(default=4096, ge=128, description="tokens of prompt and answer")
    enable_thinking: bool = False
    generation: GenerationOptions = GenerationOptions()

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address such as http://127.0.0.1:8080/v1")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                "must hold no password, ? or #: name the variable that holds a key in api_key_env"
            )
        return value.rstrip("/")

    @property
    def local_model(self) -> None:
        """The model lies with the server."""
        return None

    def build(self, home: Path, on_stage: Callable[[str], None] | None = None) -> ServedLLM:  # noqa: ARG002
        """Reach the server and find out what it can do.

        Raises:
            ConfigError: The key is not in the environment, or an option is not to be had there.
            YomitokiError: The server is not reached, refuses, or has no such model.
        """
        from pipelines.llms.served.opening import open_served

        if on_stage:
            on_stage("reaching the model server")
        return open_served(self)
