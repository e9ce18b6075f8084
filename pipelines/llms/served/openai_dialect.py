"""OpenAI's chat completions, and what can be made of them where a server has nothing more."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.errors import YomitokiError
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Likelihood, Prompt
from pipelines.llms.served.completions import streamed, usage_of
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Ending, turns
from pipelines.llms.served.failures import ServerError, printable
from pipelines.llms.served.next_words import TOP, choice_scores, likely_next
from pipelines.llms.served.token_estimate import estimated_prompt_tokens, estimated_tokens
from pipelines.notes import note

# OpenAI takes so many stop strings; what is left over is watched for here.
_MOST_STOPS = 4
# What a choice in words leaves to the others, so that no probability is zero.
_UNSAID = 1e-6
_REFUSED = (400, 422, 501)


class OpenAIDialect:
    """A `Dialect` over ``/v1/chat/completions``: OpenAI, Ollama, and whatever speaks as they do.

    A choice is read from the log-probabilities of the next token. A server that gives none is made
    to say one of the choices, by a JSON schema where it takes one: a decision without a grade,
    which is noted with the answer. Tokens are estimated.
    """

    unsupported = frozenset({"top_k", "epsilon_cutoff", "repetition_penalty"})
    counts_exactly = False
    scores_texts = False
    window = None

    def __init__(self, connection: Connection, api: str, model: str) -> None:
        self._connection = connection
        self._api = api
        self._model = model
        self._gives_likely = True
        self._takes_schema = True
        self._length = "max_tokens"

    def generate(
        self, prompt: Prompt, options: GenerationOptions, most: int
    ) -> Generator[str | Ending, None, None]:
        """See `Dialect.generate`."""
        body: dict[str, Any] = {
            "model": self._model,
            "temperature": options.temperature,
            "top_p": options.top_p,
        }
        if options.stop:
            body["stop"] = list(options.stop[:_MOST_STOPS])
        if options.seed is not None:
            body["seed"] = options.seed
        if isinstance(prompt, str):
            asked = {**body, "prompt": prompt, "max_tokens": most}
            yield from streamed(self._connection, f"{self._api}/completions", asked)
            return
        body["messages"] = turns(prompt)
        path = f"{self._api}/chat/completions"
        stream = streamed(self._connection, path, {**body, self._length: most})
        try:
            first = next(stream)
        except ServerError as error:
            if not self._length_was_wrong(error):
                raise
            stream = streamed(self._connection, path, {**body, self._length: most})
            first = next(stream)
        with closing(stream):
            yield first
            yield from stream

    def count_tokens(self, text: str) -> int:
        """An estimate, rather too many."""
        return estimated_tokens(text)

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        """An estimate, rather too many."""
        if isinstance(prompt, str):
            return estimated_tokens(prompt)
        return estimated_prompt_tokens(prompt)

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The messages by their roles: what the server makes of them is not told."""
        return "\n\n".join(f"{turn['role']}: {turn['content']}" for turn in turns(messages))

    def score(
        self, messages: Sequence[ChatMessage], choices: Sequence[str]
    ) -> tuple[list[float], Usage]:
        """See `Dialect.score`."""
        used = Usage()
        if self._gives_likely:
            asked = {"logprobs": True, "top_logprobs": TOP, "temperature": 0}
            answer = self._optional(messages, asked, 1)
            if answer is not None:
                used += self._used(answer, messages)
                likely = self._likely(answer)
                if likely is not None:
                    return self._read(likely, choices), used
            self._gives_likely = False
        said, spent = self._said(messages, choices)
        note(
            f"{self._model} at {self._connection.where} gives no log-probabilities: its decisions "
            "are a choice without a grade (docs/backends.md)"
        )
        rest = _UNSAID / (len(choices) - 1)
        return [math.log(1 - _UNSAID if c == said else rest) for c in choices], used + spent

    def log_likelihoods(
        self,
        messages: Sequence[ChatMessage],  # noqa: ARG002 - the protocol's
        texts: Sequence[str],  # noqa: ARG002
    ) -> tuple[list[Likelihood], Usage]:
        """Raises YomitokiError: Such a server does not tell how likely a given text is."""
        raise YomitokiError(
            f"{self._connection.where}: model {self._model}: how likely a given text is can't be "
            "asked there: not scored: take llama.cpp or vLLM, or a part that needs no such scores"
        )

    def forget(self) -> None:
        """Nothing: what such a server keeps is its own."""

    def _read(self, likely: list[tuple[str, float]], choices: Sequence[str]) -> list[float]:
        try:
            return choice_scores(likely, choices)
        except ValueError as error:
            shown = ", ".join(repr(printable(token)[:12]) for token, _ in likely[:5])
            raise self._unscored(f"likely next words are {shown}, not", choices) from error

    def _likely(self, answer: dict[str, Any]) -> list[tuple[str, float]] | None:
        try:
            return likely_next(self._choice(answer))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise self._connection.error(
                "log-probabilities in another shape than OpenAI's"
            ) from error

    def _said(self, messages: Sequence[ChatMessage], choices: Sequence[str]) -> tuple[str, Usage]:
        """The choice in words, and the tokens that it took."""
        if self._takes_schema:
            most = 16 + max(estimated_tokens(choice) for choice in choices)
            answer = self._optional(messages, {**_schema(choices), "temperature": 0}, most)
            if answer is not None:
                said = _chosen(self._content(answer))
                if said in choices:
                    return said, self._used(answer, messages)
            self._takes_schema = False
        most = 4 + max(estimated_tokens(choice) for choice in choices)
        answer = self._chat(messages, {"temperature": 0}, most)
        said = self._content(answer).strip()
        if said not in choices:
            raise self._unscored(f"says {printable(said)[:40]!r}, not", choices)
        return said, self._used(answer, messages)

    def _optional(
        self, messages: Sequence[ChatMessage], extra: dict[str, Any], most: int
    ) -> dict[str, Any] | None:
        """An answer, or None where the server does not know what is asked for."""
        try:
            return self._chat(messages, extra, most)
        except ServerError as error:
            if error.status in _REFUSED:
                return None
            raise

    def _chat(
        self, messages: Sequence[ChatMessage], extra: dict[str, Any], most: int
    ) -> dict[str, Any]:
        path = f"{self._api}/chat/completions"
        body = {"model": self._model, "messages": turns(messages), **extra}
        try:
            return self._connection.post(path, {**body, self._length: most})
        except ServerError as error:
            if not self._length_was_wrong(error):
                raise
        return self._connection.post(path, {**body, self._length: most})

    def _length_was_wrong(self, error: ServerError) -> bool:
        """Whether the limit has another name there, by which it is called from now on."""
        newer = "max_completion_tokens"
        if error.status != 400 or newer not in str(error) or self._length == newer:
            return False
        self._length = newer
        return True

    def _choice(self, answer: dict[str, Any]) -> dict[str, Any]:
        choices = answer.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], dict):
            return choices[0]
        raise self._connection.error("answers with no choice in the shape of OpenAI's API")

    def _content(self, answer: dict[str, Any]) -> str:
        message = self._choice(answer).get("message")
        return str(message.get("content") or "") if isinstance(message, dict) else ""

    def _used(self, answer: dict[str, Any], messages: Sequence[ChatMessage]) -> Usage:
        return usage_of(answer) or Usage(estimated_prompt_tokens(messages))

    def _unscored(self, problem: str, choices: Sequence[str]) -> ServerError:
        allowed = ", ".join(printable(choice)[:40] for choice in choices)
        return self._connection.error(
            f"model {self._model}: {problem} one of {allowed}: not scored"
        )


def _schema(choices: Sequence[str]) -> dict[str, Any]:
    """The part of a request that allows nothing but a choice."""
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": list(choices)}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    named = {"name": "choice", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def _chosen(content: str) -> str:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    return str(value.get("answer", "")) if isinstance(value, dict) else ""
