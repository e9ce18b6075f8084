"""llama.cpp's own API: token ids in, exact log-probabilities out."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage

from pipelines.answer import Usage
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.protocol import Likelihood, Prompt
from pipelines.llms.served.connection import Connection
from pipelines.llms.served.dialect import Ending, turns
from pipelines.llms.served.failures import ServerError
from pipelines.llms.served.remembered import Remembered

# The likeliest next tokens that one request brings; choices are almost always among them.
_TOP = 50
_FAR = 1 << 17
# A half of a character is looked for among so many of the likeliest tokens, then among all.
_MANY, _EVERY = 1000, 1 << 20
# A bias that no logit comes near.
_ALL = 1000.0


class LlamaDialect:
    """A `Dialect` over ``/apply-template``, ``/tokenize`` and ``/completion``.

    The server has no log-probabilities of prompts. It is made to generate a given text instead, by
    a grammar that allows its tokens only, and the log-probabilities it then gives are those of the
    model before the grammar: exact, in one request a text, behind a prompt that it has read.
    Tokens that are halves of a character break a grammar; they are read one by one from the list
    of the likeliest next tokens.
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
        self._pieces: Remembered[str, tuple[list[int], bool]] = Remembered(self._cut)
        self._cached = True
        self._takes_grammar = True
        self.window = window

    def generate(
        self, prompt: Prompt, options: GenerationOptions, most: int
    ) -> Generator[str | Ending, None, None]:
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
        raise self._connection.error("/completion: the stream ended before the answer did")

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
        cut = [self._pieces(choice) for choice in choices]
        likely = self._likely(prompt) if all(len(ids) == 1 for ids, _ in cut) else {}
        scores = [
            likely[ids[0]] if ids[0] in likely else self._forced(prompt, ids, whole)
            for ids, whole in cut
        ]
        return scores, Usage(len(prompt))

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> tuple[list[Likelihood], Usage]:
        """See `Dialect.log_likelihoods`."""
        prompt = self._encoded(messages)
        cut = [self._pieces(text) for text in texts]
        found = [Likelihood(self._forced(prompt, ids, whole), len(ids)) for ids, whole in cut]
        return found, Usage(len(prompt) + sum(text.tokens for text in found))

    def forget(self) -> None:
        """Have the next prompt read whole."""
        self._cached = False

    def _likely(self, prompt: list[int], most: int = _TOP) -> dict[int, float]:
        """The `most` likeliest next tokens with their log-probabilities.

        The server tells them with the token that it writes, and keeps back one that is half a
        character. So it is made to write a letter.
        """
        letter = self._ids("a")[-1]
        body = {
            **self._begin(prompt), **_GREEDY, "n_predict": 1, "n_probs": most,
            "logit_bias": [[letter, _ALL]],
        }  # fmt: skip
        places = self._probabilities(body)
        try:
            return {int(t["id"]): float(t["logprob"]) for t in places[0]["top_logprobs"]}
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise self._connection.error("/completion gives no top_logprobs") from error

    def _forced(self, prompt: list[int], tokens: list[int], whole: bool) -> float:
        """Log-probability of the tokens after the prompt: the sum over them."""
        if whole and len(tokens) > 1 and self._takes_grammar:
            grammar = "root ::= " + " ".join(f"<[{token}]>" for token in tokens)
            try:
                return self._written(prompt, tokens, {"grammar": grammar})
            except ServerError as error:
                if error.status != 400:  # Grammars of tokens are of December 2025.
                    raise
                self._takes_grammar = False
        return sum(
            self._single([*prompt, *tokens[:place]], token, whole)
            for place, token in enumerate(tokens)
        )

    def _single(self, prompt: list[int], token: int, whole: bool) -> float:
        """Log-probability of one token after the prompt."""
        if whole:
            return self._written(prompt, [token], {"logit_bias": [[token, _ALL]]})
        for most in (_MANY, _EVERY):
            if (score := self._likely(prompt, most).get(token)) is not None:
                return score
        raise self._connection.error(f"/completion does not tell of token {token}")

    def _written(self, prompt: list[int], tokens: list[int], by: dict[str, Any]) -> float:
        """Log-probability of tokens that the server is made to write."""
        body = {**self._begin(prompt), "n_predict": len(tokens), "n_probs": 1, **_GREEDY, **by}
        places = self._probabilities(body)
        try:
            written = [int(place["id"]) for place in places]
            scores = [float(place["logprob"]) for place in places]
        except (KeyError, TypeError, ValueError) as error:
            raise self._connection.error("/completion gives no log-probabilities") from error
        if written != tokens:
            raise self._connection.error("/completion did not write the tokens it was made to")
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

    def _cut(self, text: str) -> tuple[list[int], bool]:
        """Tokens of a text, and whether each of them is whole characters."""
        body = {"content": text, "add_special": False, "parse_special": True, "with_pieces": True}
        found = self._asked("/tokenize", {"model": self._model, **body}, "tokens", list)
        try:
            ids = [int(token["id"]) for token in found]
            return ids, all(isinstance(token["piece"], str) for token in found)
        except (KeyError, TypeError, ValueError) as error:
            raise self._connection.error("/tokenize gives no pieces of text") from error

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
