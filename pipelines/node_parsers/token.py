"""Nodes of whole sentences, up to a number of a model's tokens."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Literal, Self

from llama_index.core.schema import BaseNode
from pydantic import Field, PrivateAttr, model_validator
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.japanese.long_stretches import cut_long
from pipelines.japanese.sentences import SENTENCE_CHARS
from pipelines.node_parsers.blocks import document_blocks
from pipelines.node_parsers.packing import Span, Units, extent, pack_by_size
from pipelines.node_parsers.span_parser import EMBED_METADATA, NodeSpan, SpanNodeParser
from pipelines.node_parsers.units import sentence_units
from pipelines.parts import Parts, TokenCounter

LLM_TOKENIZER = "llm"


class TokenParserSettings(ComponentSettings):
    """Packs whole sentences into nodes of at most `max_tokens` tokens, of about equal size.

    `tokenizer` counts: `llm` is the configured language model's; or a catalogue name, a folder
    with a tokenizer.json, or a hub id. Counted is the node's text, without special tokens and
    without the metadata that is embedded before it. `overlap_tokens` repeats the last sentences of
    a node at the start of the next, as many as fit into it. `sentence_chars` bounds a sentence: a
    longer one, or one of more tokens than `max_tokens`, is cut at clause ends, and where there are
    none anywhere. A node stays inside its page, heading, row or recording. `embed_metadata` names
    the metadata that is embedded and indexed before the text.
    """

    kind: Literal["token"] = "token"
    tokenizer: str = Field(default=LLM_TOKENIZER, min_length=1)
    # A character can be four tokens, one a byte.
    max_tokens: int = Field(default=256, ge=16)
    overlap_tokens: int = Field(default=0, ge=0)
    sentence_chars: int = Field(default=SENTENCE_CHARS, ge=20)
    embed_metadata: tuple[str, ...] = EMBED_METADATA

    @model_validator(mode="after")
    def _leaves_room(self) -> Self:
        if self.overlap_tokens >= self.max_tokens:
            raise ValueError(
                "overlap_tokens must be less than max_tokens, got "
                f"{self.overlap_tokens} and {self.max_tokens}"
            )
        return self

    def build(self, parts: Parts | None = None) -> TokenNodeParser:
        """The node parser.

        Raises:
            ConfigError: `parts` has no `count_tokens`.
        """
        if parts is None or parts.count_tokens is None:
            raise ConfigError("node_parser: token: needs a tokenizer: pass Parts(count_tokens=…)")
        return TokenNodeParser(parts.count_tokens, **self.model_dump(exclude={"kind", "tokenizer"}))


class TokenNodeParser(SpanNodeParser):
    """See TokenParserSettings."""

    max_tokens: int = 256
    overlap_tokens: int = 0
    sentence_chars: int = SENTENCE_CHARS
    _count: TokenCounter = PrivateAttr()

    def __init__(self, count_tokens: TokenCounter, **fields: Any) -> None:
        super().__init__(**fields)
        self._count = count_tokens

    @classmethod
    def class_name(cls) -> str:
        return "TokenNodeParser"

    @override
    def node_spans(self, document: BaseNode) -> Iterator[NodeSpan]:
        text = document.get_content()
        for block in document_blocks(document):
            units = [
                piece
                for unit in sentence_units(
                    text, block, self.sentence_chars, 2 * self.sentence_chars
                )
                for piece in self._cut(text, unit)
            ]
            for start, end in self._packed(text, units):
                yield NodeSpan(start, end, block.place(start, end))

    def _cut(self, text: str, unit: Span) -> Iterator[Span]:
        """A unit in pieces of at most `max_tokens`; a single character is never cut."""
        waiting = [unit]
        while waiting:
            start, end = waiting.pop()
            tokens = self._count(text[start:end])
            if tokens <= self.max_tokens or end - start == 1:
                yield start, end
                continue
            chars = end - start
            longest = min(chars - 1, max(1, chars * self.max_tokens // tokens))
            waiting.extend(reversed(list(cut_long(text, start, end, longest))))

    def _packed(self, text: str, units: Units) -> Iterator[Span]:
        alone = [self._count(text[start:end]) for start, end in units]
        # Tokens up to the end of each unit, with the white space between it and the one before.
        gaps = (self._count(text[a[1] : b[1]]) for a, b in pairwise(units))
        until = list(accumulate([*alone[:1], *gaps]))

        @cache
        def size(first: int, last: int) -> int:
            together = alone[first] + until[last - 1] - until[first]
            if last - first == 1 or together > self.max_tokens:
                return together
            # Texts may have more tokens together than each on its own.
            return self._count(text[units[first][0] : units[last - 1][1]])

        def carry(_first: int, last: int) -> int:
            start = last
            while start > 0 and size(start - 1, last) <= self.overlap_tokens:
                start -= 1
            return start

        for first, last in pack_by_size(len(units), self.max_tokens, size, carry):
            yield extent(units[first:last])
