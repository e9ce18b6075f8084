"""llama.cpp's own API: token ids in, exact log-probabilities out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Likelihood
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Ending, Prompt, turns
from pipelines.llms.served.remembered import Remembered

# The likeliest next tokens that one request brings; choices are almost always among them.
_TOP = 50
_FAR = 1 << 17


class LlamaDialect:
    """A `Dialect` over ``/apply-template``, ``/tokenize`` and ``/completion``.

    The server has no log-probabilities of prompts. A grammar that allows one sequence of tokens
    only makes it generate that sequence, and the log-probabilities it then gives are those of the
    model before the grammar: exact, in one request a text, behind a prompt that it has read.
    """

    unsupported = frozenset({"epsilon_cutoff"})
    counts_exactly = True
    scores_texts = True

    def __init__(
        self, connection: Connection, model: str, window: int | None, enable_thinking: bool
    ) -> None:
        self._connection = connection
        self._model = model
        self._thinking = enable_thinking
        self._ids: Remembered[str, list[int]] = Remembered(self._tokenized)
        self._prompts: Remembered[str, list[int]] = Remembered(self._tokenized_prompt)
        self._cached = True
        self.window = window

    def generate(
        self, prompt: Prompt, options: GenerationOptions, most: int
    ) -> Iterator[str | Ending]:
        """See `Dialect.generate`; samplers come in the order of transformers."""
        body = {
            **self._begin(self._encoded(prompt)),
            "stream": True,
            "n_predict": most,
            "samplers": ["penalties", "temperature", "top_k", "top_p"],
            "temperature": options.temperature,
            "top_k": options.top_k,
            "top_p": options.top_p,
            "repeat_penalty": options.repetition_penalty,
            # As far back as anything can be; old servers take -1 for it, new ones do not.
            "repeat_last_n": self.window or _FAR,
            "seed": -1 if options.seed is None else options.seed,
            "stop": list(options.stop),
        }
        with closing(self._connection.stream("/completion", body)) as stream:
            for event in stream:
                if piece := event.get("content"):
                    yield str(piece)
                if event.get("stop"):
                    yield Ending(event.get("stop_type") == "limit", _usage(event))
                    return

    def count_tokens(self, text: str) -> int:
        """See `Dialect.count_tokens`."""
        return len(self._ids(text)) if text else 0

    def count_prompt_tokens(self, prompt: Prompt) -> int:
        """See `Dialect.count_prompt_tokens`."""
        return len(self._encoded(prompt))

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The prompt by the model's own template."""
        body = {
            "model": self._model,
            "messages": turns(messages),
            "chat_template_kwargs": {"enable_thinking": self._thinking},
        }
        return str(self._asked("/apply-template", body, "prompt", str))

    def score(
        self, messages: Sequence[ChatMessage], choices: Sequence[str]
    ) -> tuple[list[float], Usage]:
        """See `Dialect.score`: from the next token's likeliest, or else choice by choice."""
        prompt = self._encoded(messages)
        ids = [self._ids(choice) for choice in choices]
        likely: dict[int, float] = {}
        if all(len(tokens) == 1 for tokens in ids):
            likely = self._likely(prompt)
        scores = [
            likely[tokens[0]] if tokens[0] in likely else self._forced(prompt, tokens)
            for tokens in ids
        ]
        return scores, Usage(len(prompt))

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> tuple[list[Likelihood], Usage]:
        """See `Dialect.log_likelihoods`."""
        prompt = self._encoded(messages)
        ids = [self._ids(text) for text in texts]
        found = [Likelihood(self._forced(prompt, tokens), len(tokens)) for tokens in ids]
        return found, Usage(len(prompt) + sum(map(len, ids)))

    def forget(self) -> None:
        """Have the next prompt read whole."""
        self._cached = False

    def _likely(self, prompt: list[int]) -> dict[int, float]:
        """The likeliest next tokens with their log-probabilities."""
        body = {**self._begin(prompt), "n_predict": 1, "n_probs": _TOP, **_GREEDY}
        places = self._probabilities(body)
        try:
            return {int(t["id"]): float(t["logprob"]) for t in places[0]["top_logprobs"]}
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise self._connection.error("/completion gives no top_logprobs") from error

    def _forced(self, prompt: list[int], tokens: Sequence[int]) -> float:
        """Log-probability of the tokens after the prompt: the sum over them."""
        grammar = "root ::= " + " ".join(f"<[{token}]>" for token in tokens)
        body = {
            **self._begin(prompt), "n_predict": len(tokens), "n_probs": 1, **_GREEDY,
            "grammar": grammar,
        }  # fmt: skip
        places = self._probabilities(body)
        try:
            written = [int(place["id"]) for place in places]
            scores = [float(place["logprob"]) for place in places]
        except (KeyError, TypeError, ValueError) as error:
            raise self._connection.error("/completion gives no log-probabilities") from error
        if written != list(tokens):
            raise self._connection.error(
                "/completion did not follow a grammar of tokens: take a llama.cpp of 2026"
            )
        return sum(scores)

    def _probabilities(self, body: dict[str, Any]) -> list[Any]:
        found: list[Any] = self._asked("/completion", body, "completion_probabilities", list)
        return found

    def _begin(self, prompt: list[int]) -> dict[str, Any]:
        """What each request for tokens begins with."""
        cached, self._cached = self._cached, True
        return {"model": self._model, "prompt": prompt, "cache_prompt": cached}

    def _encoded(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, str):
            return self._ids(prompt)
        return self._prompts(self.render(prompt))

    def _tokenized_prompt(self, prompt: str) -> list[int]:
        # A template's own first token was taken away by the server, which adds it here.
        return self._tokens({"content": prompt, "add_special": True})

    def _tokenized(self, text: str) -> list[int]:
        return self._tokens({"content": text, "add_special": False})

    def _tokens(self, body: dict[str, Any]) -> list[int]:
        body = {"model": self._model, "parse_special": True, **body}
        return [int(token) for token in self._asked("/tokenize", body, "tokens", list)]

    def _asked(self, path: str, body: dict[str, Any], name: str, kind: type) -> Any:
        value = self._connection.post(path, body).get(name)
        if not isinstance(value, kind):
            raise self._connection.error(f"{path} answers without {name}: is it llama.cpp?")
        return value


# Log-probabilities are the model's own, whatever is sampled.
_GREEDY = {"temperature": 0, "samplers": [], "stream": False, "post_sampling_probs": False}


def _usage(event: dict[str, Any]) -> Usage | None:
    read, written = event.get("tokens_evaluated"), event.get("tokens_predicted")
    if isinstance(read, int) and isinstance(written, int):
        return Usage(read, written)
    return None
