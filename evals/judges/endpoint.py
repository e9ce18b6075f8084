"""A judge behind an OpenAI-compatible address, such as a server in one's own network."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any, Literal

from llama_index.core.base.llms.types import ChatMessage
from pydantic import Field, SecretStr

from pipelines.component import ComponentSettings
from pipelines.errors import YomitokiError

# Of the next token, as many as such servers give.
TOP = 20
_LEAST_MASS = 1e-6


class EndpointSettings(ComponentSettings):
    """A chat model at `base_url` (ending in /v1); `api_key` from the environment, as ${NAME}.

    Choices are read from the log-probabilities of the next token. A server that gives none is
    asked for the choice in words; an answer that is none of them is not scored.
    """

    kind: Literal["openai_like"] = "openai_like"
    base_url: str = Field(pattern=r"^https?://")
    model: str = Field(min_length=1)
    api_key: SecretStr | None = None
    timeout_seconds: float = Field(default=60.0, gt=0)

    def build(self) -> Endpoint:
        """The judge; nothing is asked yet."""
        return Endpoint(self)


class Endpoint:
    """A `ChoiceScorer`; see EndpointSettings."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        """See `pipelines.llms.protocol.ChoiceScorer`.

        Raises:
            YomitokiError: The server is not reached, refuses, or names none of the choices.
        """
        return [self._scored(messages, choices) for messages in conversations]

    def _scored(self, messages: Sequence[ChatMessage], choices: Sequence[str]) -> list[float]:
        choice = self._reply(messages)
        try:
            mass = _mass(choice, choices)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._error("gave log-probabilities in another shape than OpenAI's") from error
        if mass is None:
            message = choice.get("message")
            said = str(message.get("content") if isinstance(message, dict) else "").strip()
            if said not in choices:
                raise self._error(f"said {said[:40]!r}: must be one of {', '.join(choices)}")
            mass = [float(said == one) for one in choices]
        total = sum(mass)
        if total < _LEAST_MASS:
            raise self._error(f"names none of {', '.join(choices)} among its likely next words")
        return [math.log(value / total) if value else -math.inf for value in mass]

    def _reply(self, messages: Sequence[ChatMessage]) -> dict[str, Any]:
        import httpx2

        settings = self._settings
        key = settings.api_key.get_secret_value() if settings.api_key else ""
        body = {
            "model": settings.model,
            "messages": [{"role": m.role.value, "content": m.content} for m in messages],
            "max_tokens": 4,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": TOP,
        }
        try:
            response = httpx2.post(
                f"{settings.base_url.rstrip('/')}/chat/completions",
                json=body,
                headers={"Authorization": f"Bearer {key}"} if key else {},
                timeout=settings.timeout_seconds,
            )
            response.raise_for_status()
            choice = response.json()["choices"][0]
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._error(
                f"not reached or refused ({type(error).__name__}: {error})"
            ) from error
        except (json.JSONDecodeError, KeyError, IndexError, TypeError) as error:
            raise self._error("answered with no choice in the shape of OpenAI's API") from error
        if not isinstance(choice, dict):
            raise self._error("answered with no choice in the shape of OpenAI's API")
        return choice

    def _error(self, problem: str) -> YomitokiError:
        return YomitokiError(f"{self._settings.base_url}: model {self._settings.model}: {problem}")


def _mass(choice: dict[str, Any], choices: Sequence[str]) -> list[float] | None:
    """The probability of each choice as the next token; None if the server gives none.

    Tokens that differ in white space or case alone are one.
    """
    positions = (choice.get("logprobs") or {}).get("content") or []
    likely = positions[0].get("top_logprobs") if positions else None
    if not likely:
        return None
    mass = [0.0] * len(choices)
    for token in likely:
        word = str(token.get("token", "")).strip().lower()
        for place, one in enumerate(choices):
            if word == one.lower():
                mass[place] += math.exp(float(token["logprob"]))
    return mass
