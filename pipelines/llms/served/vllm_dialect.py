"""vLLM's API: token ids in, log-probabilities of the prompt's own tokens out."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Likelihood, Prompt
from pipelines.llms.served.completions import streamed
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Ending, turns
from pipelines.llms.served.remembered import Remembered


class VllmDialect:
    """A `Dialect` over ``/tokenize`` and ``/v1/completions``.

    A prompt that is echoed comes with the log-probability of each of its tokens, so any choice or
    text is scored exactly, all of them in one request, whose prompts share what they begin with.
    """

    unsupported = frozenset({"epsilon_cutoff"})
    counts_exactly = True
    scores_texts = True

    def __init__(
        self,
        connection: Connection,
        api: str,
        model: str,
        window: int | None,
        enable_thinking: bool,
    ) -> None:
        self._connection = connection
        self._api = api
        self._model = model
        self._thinking = enable_thinking
        self._ids: Remembered[str, list[int]] = Remembered(self._tokenized)
        self._prompts: Remembered[str, list[int]] = Remembered(self._tokenized_prompt)
        self.window = window

    def generate(
        self, prompt: Prompt, options: GenerationOptions, most: int
    ) -> Generator[str | Ending, None, None]:
        """See `Dialect.generate`."""
        body: dict[str, Any] = {
            "model": self._model,
            "prompt": self._encoded(prompt),
            "max_tokens": most,
            "temperature": options.temperature,
            "top_p": options.top_p,
            "top_k": options.top_k or -1,
            "repetition_penalty": options.repetition_penalty,
            "stop": list(options.stop),
        }
        if options.seed is not None:
            body["seed"] = options.seed
        return streamed(self._connection, f"{self._api}/completions", body)

    def count_tokens(self, text: str) -> int:
        """See `Dialect.count_tokens`."""
        return len(self._ids(text)) if text else 0

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        """See `Dialect.count_prompt_tokens`."""
        return len(self._encoded(prompt))

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt, its tokens turned to text again."""
        body = {"model": self._model, "tokens": self._encoded(messages)}
        return str(self._connection.post("/detokenize", body).get("prompt", ""))

    def score(
        self, messages: Sequence[ChatMessage], choices: Sequence[str]
    ) -> tuple[list[float], Usage]:
        """See `Dialect.score`."""
        found, usage = self.log_likelihoods(messages, choices)
        return [text.log_probability for text in found], usage

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> tuple[list[Likelihood], Usage]:
        """See `Dialect.log_likelihoods`."""
        prompt = self._encoded(messages)
        ids = [self._ids(text) for text in texts]
        body = {
            "model": self._model,
            "prompt": [[*prompt, *tokens] for tokens in ids],
            "max_tokens": 1,
            "temperature": 0,
            "echo": True,
            "logprobs": 1,
        }
        answer = self._connection.post(f"{self._api}/completions", body)
        try:
            choices = sorted(answer["choices"], key=lambda choice: choice["index"])
            scores = [
                _sum(choice["logprobs"]["token_logprobs"], len(prompt), len(tokens))
                for choice, tokens in zip(choices, ids, strict=True)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._connection.error(
                "/completions echoes no prompt with log-probabilities: is it vLLM?"
            ) from error
        found = [Likelihood(s, len(tokens)) for s, tokens in zip(scores, ids, strict=True)]
        return found, Usage(len(prompt) + sum(map(len, ids)))

    def forget(self) -> None:
        """Nothing: vLLM keeps what it likes."""

    def _encoded(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            return self._ids(prompt)
        return self._prompts(json.dumps(turns(prompt), ensure_ascii=False))

    def _tokenized_prompt(self, conversation: str) -> list[int]:
        return self._tokens(
            {
                "messages": json.loads(conversation),
                "add_generation_prompt": True,
                "chat_template_kwargs": {"enable_thinking": self._thinking},
            }
        )

    def _tokenized(self, text: str) -> list[int]:
        return self._tokens({"prompt": text, "add_special_tokens": False})

    def _tokens(self, body: dict[str, Any]) -> list[int]:
        found = self._connection.post("/tokenize", {"model": self._model, **body}).get("tokens")
        if not isinstance(found, list):
            raise self._connection.error("/tokenize answers without tokens: is it vLLM?")
        return [int(token) for token in found]


def _sum(scores: list[float], start: int, count: int) -> float:
    """Of so many log-probabilities. Raises ValueError: There are fewer, and the sum would lie."""
    found = scores[start : start + count]
    if len(found) < count:
        raise ValueError(f"{len(found)} log-probabilities of {count} tokens")
    return sum(map(float, found))
