"""From settings to a model behind a server: reached, known there, and asked as it can be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.openai_like_settings import OpenAILikeLLMSettings
from pipelines.llms.served.connection import Address, Connection
from pipelines.llms.served.dialect import Dialect
from pipelines.llms.served.failures import ServerError, printable
from pipelines.llms.served.llama_dialect import LlamaDialect
from pipelines.llms.served.openai_dialect import OpenAIDialect
from pipelines.llms.served.served_llm import ServedLLM
from pipelines.llms.served.vllm_dialect import VllmDialect
from pipelines.nearest import did_you_mean

_MOST_NAMED = 12


def open_served(settings: OpenAILikeLLMSettings, env: Mapping[str, str] | None = None) -> ServedLLM:
    """Reach the server that the settings name.

    Args:
        settings: Which server, which model.
        env: Where the key is; the process's own environment when None.

    Raises:
        ConfigError: The key is not there, or an option of generation is not to be had.
        YomitokiError: The server is not reached, refuses, has no such model, or is none of the
            kind that the settings name.
    """
    parts = settings.base_url.rsplit("/", 1)
    root, api = (parts[0], "/v1") if parts[-1] == "v1" else (settings.base_url, "")
    connection = Connection(
        Address(
            root,
            settings.timeout_seconds,
            settings.attempts,
            _key(settings, os.environ if env is None else env),
            settings.api_key_env,
        )
    )
    listed = _models(connection, api)
    dialect = _dialect(connection, api, settings, listed)
    if not isinstance(dialect, LlamaDialect):  # It has one model, whatever it is called.
        _check_known(connection, settings.model, listed)
    return ServedLLM(
        connection, dialect, settings.model, settings.context_window, settings.generation
    )


def _key(settings: OpenAILikeLLMSettings, env: Mapping[str, str]) -> SecretStr | None:
    name = settings.api_key_env
    if name is None:
        return None
    if not (value := env.get(name, "").strip()):
        raise ConfigError(f"llm.api_key_env: environment variable {name} is not set: export it")
    if not value.isascii() or not value.isprintable():
        raise ConfigError(f"llm.api_key_env: environment variable {name} holds no key")
    return SecretStr(value)


def _models(connection: Connection, api: str) -> list[dict[str, Any]] | None:
    """What the server lists; None if it lists nothing."""
    try:
        listed = connection.get(f"{api}/models").get("data")
    except ServerError as error:
        if error.status in (404, 405, 501):
            return None
        raise
    if not isinstance(listed, list):
        return None
    return [model for model in listed if isinstance(model, dict)]


def _check_known(connection: Connection, name: str, listed: list[dict[str, Any]] | None) -> None:
    if not listed:
        return
    known = [str(model.get("id", "")) for model in listed]
    # Ollama's names end in a tag, which is `latest` when it is left out.
    if name in known or f"{name}:latest" in known:
        return
    shown = ", ".join(printable(one)[:60] for one in known[:_MOST_NAMED])
    more = f" and {len(known) - _MOST_NAMED} more" if len(known) > _MOST_NAMED else ""
    raise YomitokiError(
        f"{connection.where}: llm.model: it has no model {name!r}.{did_you_mean(name, known)} "
        f"It has {shown}{more}"
    )


def _dialect(
    connection: Connection,
    api: str,
    settings: OpenAILikeLLMSettings,
    listed: list[dict[str, Any]] | None,
) -> Dialect:
    owners = {str(model.get("owned_by", "")) for model in listed or ()}
    kind = settings.server
    model, thinking = settings.model, settings.enable_thinking
    if kind == "llama_cpp" or (kind == "auto" and "llamacpp" in owners):
        window = _llama_window(connection, named=kind == "llama_cpp")
        if window is not None:
            return LlamaDialect(connection, model, window, thinking)
    if kind == "vllm" or (kind == "auto" and "vllm" in owners):
        longest = next((m.get("max_model_len") for m in listed or () if m.get("id") == model), None)
        window = longest if isinstance(longest, int) and longest > 0 else None
        vllm = VllmDialect(connection, api, model, window, thinking)
        if kind == "vllm" or _counts(vllm):
            return vllm
    return OpenAIDialect(connection, api, model)


def _llama_window(connection: Connection, named: bool) -> int | None:
    """Tokens of a slot; None where the server's own API is not to be reached."""
    try:
        window = connection.get("/props").get("default_generation_settings", {}).get("n_ctx")
    except (ServerError, AttributeError):
        window = None
    if isinstance(window, int) and window > 0:
        return window
    if named:
        raise ConfigError(
            f"llm.server: {connection.where}/props does not answer as llama.cpp does: set it to "
            "auto"
        )
    return None


def _counts(dialect: VllmDialect) -> bool:
    """Whether vLLM's own API is reached, too, and not /v1 alone."""
    try:
        return dialect.count_tokens("1") > 0
    except ServerError:
        return False
