"""Choosing only tokens that keep to a grammar (constrained decoding by llguidance)."""

from __future__ import annotations

from typing import Any

import torch


class Grammars:
    """Makes choosers of tokens for one tokenizer, whose vocabulary is prepared once, when needed.

    Args:
        tokenizer: A fast one of transformers.
        end_ids: The tokens that end an answer; the grammar's end is one of them.
    """

    def __init__(self, tokenizer: Any, end_ids: frozenset[int]) -> None:
        self._tokenizer = tokenizer
        self._end_ids = end_ids
        self._prepared: Any = None
        self._size = 0

    def pick(self, grammar: str, vocabulary_size: int) -> GrammarToken:
        """What chooses the tokens of one text.

        Args:
            grammar: In the Lark dialect of llguidance; its rule `start` is the whole text.
            vocabulary_size: Logits a token; models have more than their tokenizers have tokens.

        Raises:
            ValueError: The grammar is wrong, or the tokenizer is no fast one.
        """
        from llguidance import LLMatcher

        if self._prepared is None or self._size != vocabulary_size:
            from llguidance.hf import from_tokenizer

            self._prepared = from_tokenizer(
                self._tokenizer, n_vocab=vocabulary_size, eos_token=sorted(self._end_ids)
            )
            self._size = vocabulary_size
        matcher = LLMatcher(self._prepared, LLMatcher.grammar_from_lark(grammar), log_level=0)
        if matcher.is_error():
            raise ValueError(f"grammar: {matcher.get_error()}")
        return GrammarToken(matcher, vocabulary_size)


class GrammarToken:
    """The likeliest token that may stand next, one after the other; used for one text."""

    def __init__(self, matcher: Any, vocabulary_size: int) -> None:
        # Not llguidance.torch: it is compiled at its first call, for 15 seconds on two cores.
        from llguidance.numpy import allocate_token_bitmask

        self._matcher = matcher
        self._allowed = allocate_token_bitmask(1, vocabulary_size)

    def __call__(self, _ids: list[int], logits: torch.Tensor) -> int:
        """The next token, given the logits of shape (vocabulary,), which stay as they are.

        Raises:
            ValueError: The grammar has come to an end, or is too complex to follow.
        """
        from llguidance.numpy import apply_token_bitmask_inplace, fill_next_token_bitmask

        fill_next_token_bitmask(self._matcher, self._allowed)
        scores = logits.detach().to("cpu", copy=True).numpy()
        apply_token_bitmask_inplace(scores, self._allowed)
        token = int(scores.argmax())
        if not self._matcher.consume_token(token):
            raise ValueError(f"grammar: {self._matcher.get_error() or 'it has ended'}")
        return token
