"""Our LlamaIndex LLM over transformers: chat template once, honest limits, logits for choices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import PrivateAttr

from pipelines.answer import Usage
from pipelines.errors import QuestionError, YomitokiError
from pipelines.llms.chat_llm import ChatLLM
from pipelines.llms.chat_template import ChatTemplate
from pipelines.llms.choice_scoring import (
    choice_token_ids,
    continuation_token_ids,
    log_likelihoods,
    score_choices,
)
from pipelines.llms.decoding import NextToken, Pick
from pipelines.llms.drafting import draft
from pipelines.llms.generation import GenerationOptions
from pipelines.llms.grammar import Grammars
from pipelines.llms.prompt_cache import PromptCache
from pipelines.llms.protocol import (
    Completion,
    Failed,
    Finished,
    Likelihood,
    Prompt,
    StreamEvent,
    Token,
)
from pipelines.llms.stopping import TextAssembler, end_ids


class HuggingFaceLLM(ChatLLM):
    """A causal model and its tokenizer as a LlamaIndex LLM, `ChoiceLLM` and `GrammarWriter`."""

    _tokenizer: Any = PrivateAttr()
    _template: ChatTemplate = PrivateAttr()
    _cache: PromptCache = PrivateAttr()
    _end_ids: frozenset[int] = PrivateAttr()
    _grammars: Grammars = PrivateAttr()
    _draft_tokens: int = PrivateAttr()

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        name: str,
        context_window: int,
        options: GenerationOptions | None = None,
        enable_thinking: bool = False,
        draft_tokens: int = 0,
    ) -> None:
        super().__init__(model_name=name)
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
        self._tokenizer = tokenizer
        self._template = ChatTemplate(tokenizer, enable_thinking)
        self._cache = PromptCache(model)
        self._options = options or GenerationOptions()
        longest = getattr(model.config, "max_position_embeddings", None) or context_window
        self._context_window = min(context_window, longest)
        self._end_ids = end_ids(model, tokenizer)
        self._grammars = Grammars(tokenizer, self._end_ids)
        self._draft_tokens = draft_tokens

    @property
    def causal_model(self) -> Any:
        """The model of transformers that does the work."""
        return self._cache.model

    @property
    def tokenizer(self) -> Any:
        """The tokenizer of transformers that belongs to it."""
        return self._tokenizer

    @property
    def model_seconds(self) -> float:
        """Seconds spent in the model's forward passes since it was loaded."""
        return self._cache.seconds

    @property
    def model_tokens(self) -> int:
        """Tokens that went through the model since it was loaded."""
        return self._cache.tokens

    @property
    def usage(self) -> Usage:
        """Tokens of all prompts, each counted whole, and of all that was written since it was
        loaded: what a service would charge, whatever stayed in memory."""
        return self._cache.usage

    @property
    def model_passes(self) -> int:
        """Forward passes since the model was loaded."""
        return self._cache.passes

    def with_generation(self, options: GenerationOptions) -> HuggingFaceLLM:
        """This model with other options; the two share weights and the prompt read last."""
        other = self.model_copy()
        other._options = options
        return other

    @contextmanager
    def stopping(self, when: Callable[[], bool] | None) -> Iterator[None]:
        """Inside, a prompt that is being read raises StoppedError as soon as `when` says so."""
        self._cache.should_stop = when or (lambda: False)
        try:
            yield
        finally:
            self._cache.should_stop = lambda: False

    def forget(self) -> None:
        """Drop the keys and values of the last prompt, so that the next one is read whole."""
        self._cache.forget()

    def count_tokens(self, text: str) -> int:
        """Tokens of a text, without special tokens."""
        return len(self._tokenizer(text, add_special_tokens=False).input_ids)

    def count_prompt_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of the rendered chat prompt."""
        return len(self._template.encode(messages))

    def render(self, messages: Sequence[ChatMessage]) -> str:
        """The chat prompt exactly as the model reads it."""
        return self._template.render(messages)

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        """See `ChoiceScorer.score_choices`; consecutive prompts share what they begin with."""
        choice_ids = choice_token_ids(self._tokenizer, choices)
        longest = max(len(ids) for ids in choice_ids)
        rows = []
        for messages in conversations:
            prompt = self._template.encode(messages)
            self._check_length(prompt, longest)
            self._cache.usage += Usage(len(prompt))
            rows.append(score_choices(self._cache, prompt, choice_ids))
        return rows

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> list[Likelihood]:
        """See `ContinuationScorer.log_likelihoods`."""
        ids = continuation_token_ids(self._tokenizer, texts)
        prompt = self._template.encode(messages)
        self._check_length(prompt, max(len(tokens) for tokens in ids))
        self._cache.usage += Usage(len(prompt) + sum(map(len, ids)))
        scores = log_likelihoods(self._cache, prompt, ids)
        return [Likelihood(s, len(tokens)) for s, tokens in zip(scores, ids, strict=True)]

    def write_within(
        self, messages: Sequence[ChatMessage], grammar: str, max_new_tokens: int
    ) -> Completion:
        """See `GrammarWriter.write_within`."""
        prompt = self._template.encode(messages)
        self._check_length(prompt, 1)
        pick = self._grammars.pick(grammar, self.causal_model.config.get_text_config().vocab_size)
        options = GenerationOptions(max_new_tokens=max_new_tokens)
        *_, event = self._generate(prompt, options, pick)
        if not isinstance(event, Finished):
            raise YomitokiError(getattr(event, "reason", "the model ended without a result"))
        return event.completion

    def _stream(self, prompt: Prompt, options: dict[str, Any]) -> Iterator[StreamEvent]:
        chosen = self._options.override(options)
        if isinstance(prompt, str):
            ids = [int(i) for i in self._tokenizer(prompt, add_special_tokens=False).input_ids]
        else:
            ids = self._template.encode(prompt)
        self._check_length(ids, 1)
        return self._generate(ids, chosen)

    def _generate(
        self, prompt: list[int], options: GenerationOptions, pick: Pick | None = None
    ) -> Iterator[StreamEvent]:
        text = TextAssembler(self._tokenizer, options.stop)
        ids = list(prompt)
        room = min(options.max_new_tokens, self._context_window - len(prompt))
        ended = False
        try:
            for token in self._tokens(prompt, room, pick or NextToken(options, self._cache.device)):
                ids.append(token)
                if token in self._end_ids:
                    ended = True
                    break
                if piece := text.push(token):
                    yield Token(piece)
                if text.stopped:
                    ended = True
                    break
        except (RuntimeError, ValueError, MemoryError) as error:
            yield Failed(f"{self.model_name}: generation failed: {error}")
            return
        finally:
            usage = Usage(len(prompt), len(ids) - len(prompt))
            self._cache.usage += usage
        if piece := text.finish():
            yield Token(piece)
        yield Finished(Completion(text.text, usage, cut=not ended))

    def _tokens(self, prompt: Sequence[int], most: int, pick: Pick) -> Iterator[int]:
        """Up to `most` tokens, each chosen after all before it.

        Each pass also reads a guess at what comes next; the part of it that is then chosen needs
        no pass of its own. The tokens are the same with and without guesses.
        """
        ids, end = list(prompt), len(prompt) + most
        while len(ids) < end:
            guess: list[int] = []
            if self._cache.goes_back and len(ids) > len(prompt):
                guess = draft(ids, min(self._draft_tokens, end - len(ids) - 1))
            for place, logits in enumerate(self._cache.read_last([*ids, *guess], len(guess) + 1)):
                token = pick(ids, logits)
                ids.append(token)
                yield token
                if place == len(guess) or token != guess[place]:
                    break

    def _check_length(self, prompt: list[int], answer_tokens: int) -> None:
        if len(prompt) + answer_tokens > self._context_window:
            raise QuestionError(
                f"{self.model_name}: a prompt of {len(prompt)} tokens does not fit into the "
                f"context window of {self._context_window}: shorten the question or raise "
                f"llm.context_window"
            )
