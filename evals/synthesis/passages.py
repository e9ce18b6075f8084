"""The passages that questions are asked about: whole sentences, inside of one section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from llama_index.core.schema import Document

from evals.synthesis.language import Language, language_of
from pipelines.japanese.sentences import split_sentences
from pipelines.japanese.tokens import unified
from pipelines.node_parsers.blocks import Block, document_blocks
from pipelines.node_parsers.packing import pack
from pipelines.node_parsers.units import is_turn_header
from pipelines.prompts import inert

# About 350 tokens in either language: read in some seconds, and enough to tell what it is about.
PASSAGE_CHARS: dict[Language, int] = {"ja": 500, "en": 1200}
# A letter each, and a list that a small model still chooses from.
MOST_SENTENCES = 20
_HEADING = re.compile(r"#{1,6}\s|```|\|[\s:|-]+$")
_WORD = re.compile(r"\w")
_MARKUP = re.compile(r"^\s*(?:[-*+•・]\s+)?|\*\*|__|`")
_ORDINAL = re.compile(r"^(?:第?[0-9.]+[章節.)]?|[(（]?[0-9]+[)）])\s+")


@dataclass(frozen=True)
class Sentence:
    """text[start:end] of a document: `quote` word for word, `shown` as a model reads it."""

    start: int
    end: int
    quote: str

    @property
    def shown(self) -> str:
        """On one line, without markup and the spaces that a recogniser puts into Japanese."""
        return " ".join(_MARKUP.sub("", unified(inert(self.quote))).split())


@dataclass(frozen=True)
class Passage:
    """Neighbouring sentences of one section of a document, whose heading is its `place`.

    Headings and the lines that name a speaker are no sentences. Characters count from the start of
    the document as it was read.
    """

    source: str
    place: str
    language: Language
    text: str
    sentences: tuple[Sentence, ...]

    @property
    def start(self) -> int:
        """Its first character."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """One past its last character."""
        return self.sentences[-1].end


def cut_passages(documents: Sequence[Document]) -> list[Passage]:
    """The passages of documents, in their order.

    They are cut along the documents' own sections, not by the node parser that is configured:
    questions are to compare parsers, and none of them should have drawn the borders.
    """
    return [passage for document in documents for passage in _passages(document)]


def _passages(document: Document) -> Iterator[Passage]:
    text = document.get_content()
    for block in document_blocks(document):
        spans = list(_sentences(text, block))
        language = language_of("".join(text[start:end] for start, end in spans))
        for group in pack(spans, PASSAGE_CHARS[language]):
            for first in range(0, len(group), MOST_SENTENCES):
                kept = group[first : first + MOST_SENTENCES]
                yield Passage(
                    source=str(document.metadata["source"]),
                    place=_place(block),
                    language=language,
                    text=text[kept[0][0] : kept[-1][1]],
                    sentences=tuple(Sentence(s, e, text[s:e]) for s, e in kept),
                )


def _sentences(text: str, block: Block) -> Iterator[tuple[int, int]]:
    for part in block.by_turn():
        for start, end in split_sentences(text[part.start : part.end]):
            start, end = part.start + start, part.start + end
            if _HEADING.match(text, start) or _WORD.search(text, start, end) is None:
                continue
            if not any(is_turn_header(text, start, end, turn) for turn in part.turns):
                yield start, end


def _place(block: Block) -> str:
    """The heading nearest to it without its number, or else the title.

    A recording has none: its title is that of an hour, which a small model writes into each
    question.
    """
    metadata = block.metadata
    if metadata.get("recording"):
        return ""
    named = str(metadata.get("heading") or metadata.get("title") or "").split(" > ")[-1]
    return _ORDINAL.sub("", " ".join(inert(named).split()))
