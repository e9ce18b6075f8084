"""What is asked for: which phrases of which sentences, and in which order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from evals.synthesis.answer_phrases import answer_phrases
from evals.synthesis.draft_question import draft_question, states
from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.telling_words import TellingWords
from evals.synthesis.wording_checks import LEAST_TELLING
from pipelines.component import fingerprint


@dataclass(frozen=True)
class Candidate:
    """An answer that stands in a sentence of a passage (`asked` is its place), to be asked for."""

    passage: Passage
    asked: int
    answer: str
    seed: int

    @property
    def sentence(self) -> Sentence:
        """The sentence."""
        return self.passage.sentences[self.asked]

    @property
    def id(self) -> str:
        """The same for the same phrase of the same sentence and seed, whatever else is asked."""
        at = self.sentence
        key = fingerprint([self.seed, self.passage.source, at.start, at.end, self.answer])
        return f"syn-{key[:10]}"

    @property
    def chance(self) -> random.Random:
        """What is random about its question, the same each time."""
        return random.Random(self.id)


def candidates(passages: Sequence[Passage], words: TellingWords, seed: int) -> list[Candidate]:
    """All that could be asked for, spread evenly over documents, passages and sentences.

    One of each document after the other, the documents in random order, until a document has no
    more; inside of a document one of each passage, likewise, until each sentence was asked about
    once, and then for the sentences' second phrases, and so on. Left out are sentences that state
    nothing, that have fewer than two telling words, or none beside the phrase, and rows of tables.
    """
    chance = random.Random(seed)
    by_document: dict[str, list[list[list[Candidate]]]] = {}
    for passage in passages:
        of_passage = []
        for place, sentence in enumerate(passage.sentences):
            shown = sentence.shown
            if shown.startswith("|") or len(words.of(shown)) < LEAST_TELLING:
                continue
            if passage.language == "ja" and not states(shown):
                continue
            phrases = [
                phrase
                for phrase in answer_phrases(shown, passage.language)
                if words.of(shown.replace(phrase, " "))
                and (passage.language != "ja" or draft_question(shown, phrase))
            ]
            chance.shuffle(phrases)
            of_passage.append([Candidate(passage, place, phrase, seed) for phrase in phrases])
        chance.shuffle(of_passage)
        by_document.setdefault(passage.source, []).append(of_passage)
    documents = list(by_document.values())
    for of_document in documents:
        chance.shuffle(of_document)
    chance.shuffle(documents)
    return _in_turns([_by_rounds(of_document) for of_document in documents])


def _by_rounds(passages: Sequence[Sequence[Sequence[Candidate]]]) -> list[Candidate]:
    """The first of each sentence, passages in turns, then the second of each, and so on."""
    rounds = max((len(phrases) for sentences in passages for phrases in sentences), default=0)
    return [
        candidate
        for number in range(rounds)
        for candidate in _in_turns(
            [[phrases[number] for phrases in one if number < len(phrases)] for one in passages]
        )
    ]


def _in_turns(rows: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """The first of each row, then the second of each, until all are at their end."""
    longest = max(map(len, rows), default=0)
    return [row[place] for place in range(longest) for row in rows if place < len(row)]
