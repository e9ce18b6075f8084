"""What is asked for: which phrases of which sentences, and in which order."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from evals.synthesis.answer_phrases import answer_phrases
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
    more; inside of a document likewise one of each passage, inside of that one of each sentence. A
    sentence with fewer than two telling words (何か質問ありますか) and a table's row are left out.
    """
    chance = random.Random(seed)
    by_document: dict[str, list[deque[Candidate]]] = {}
    for passage in passages:
        queues = []
        for place, sentence in enumerate(passage.sentences):
            shown = sentence.shown
            if shown.startswith("|") or len(words.of(shown)) < LEAST_TELLING:
                continue
            phrases = answer_phrases(shown, passage.language, words)
            chance.shuffle(phrases)
            queues.append(deque(Candidate(passage, place, phrase, seed) for phrase in phrases))
        chance.shuffle(queues)
        by_document.setdefault(passage.source, []).append(deque(_in_turns(queues)))
    documents = list(by_document.values())
    for of_document in documents:
        chance.shuffle(of_document)
    chance.shuffle(documents)
    return _in_turns([deque(_in_turns(of_document)) for of_document in documents])


def _in_turns(queues: Sequence[deque[Candidate]]) -> list[Candidate]:
    """The first of each queue, then the second of each, until all are empty."""
    taken: list[Candidate] = []
    while any(queues):
        taken += [queue.popleft() for queue in queues if queue]
    return taken
