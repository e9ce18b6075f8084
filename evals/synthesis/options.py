"""The five options of a question, exactly one of which is right."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from llama_index.core.schema import TextNode

from evals.synthesis.passages import Passage, Sentence
from evals.synthesis.rejection import RejectedError
from evals.synthesis.spellings import folded
from evals.synthesis.wording_checks import stands_in
from evals.synthesis.writing import Written
from pipelines.japanese.numbers import has_malformed_number
from pipelines.query_engines.context import render_passage
from pipelines.query_engines.lettered import letter
from pipelines.query_engines.option_scoring import OptionScorer

OPTIONS = 5
# With the passage, the right option has most of the probability and twice that of the next one.
RIGHT = 0.5
TIMES_THE_NEXT = 2.0
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True)
class Options:
    """Texts of options in their order, and the place of the right one, from 0."""

    texts: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class OptionProbabilities:
    """What the model gave the right option and the best wrong one, with the passage and without."""

    right: float
    next: float
    closed_book_right: float
    closed_book_next: float


def make_options(
    answer: str,
    wrong: Sequence[str],
    alike: Sequence[str],
    sentence: Sentence,
    chance: random.Random,
) -> Options:
    """Four wrong options and the right one, at a random place.

    Args:
        answer: The right option.
        wrong: What the model wrote, more than are needed; the first that will do are taken.
        alike: Answers of the documents that have the same form; they take the place of what the
            model did not write, in random order.
        sentence: The supporting sentence, in which no wrong option may stand.
        chance: Gives order and place.

    Raises:
        RejectedError: Too few are left. Options are the same where they differ in spelling alone,
            or where one contains the other with the same numbers; one with a number that is none
            (千九百八十十年) is left out.
    """
    kept: list[str] = []
    in_sentence = 0
    for option in (*wrong, *chance.sample(alike, len(alike))):
        if not folded(option) or any(_is_same(option, other) for other in (answer, *kept)):
            continue
        if has_malformed_number(option) and not has_malformed_number(answer):
            continue
        if stands_in(option, sentence.shown):
            in_sentence += 1
            continue
        kept.append(option)
    wanted = OPTIONS - 1
    if len(kept) < wanted:
        told = f"right: {answer}; wrong: {', '.join((*wrong, *alike)) or 'none'}"
        if len(kept) + in_sentence >= wanted:
            raise RejectedError("option_in_evidence", f"{told}; sentence: {sentence.shown}")
        raise RejectedError("too_few_options", told)
    texts = kept[:wanted]
    right = chance.randrange(OPTIONS)
    texts.insert(right, answer)
    return Options(tuple(texts), right)


def _is_same(one: str, other: str) -> bool:
    one, other = folded(one), folded(other)
    return (one in other or other in one) and _DIGITS.findall(one) == _DIGITS.findall(other)


def check_options(
    scorer: OptionScorer, passage: Passage, written: Written, options: Options
) -> OptionProbabilities:
    """The probabilities of a question that needs its passage and has one right option.

    Args:
        scorer: As it ranks options for `query_engine.kind: multiple_choice`, over all cyclic
            orders.
        passage: What it reads first, and then not.
        written: The question.
        options: Its options.

    Raises:
        RejectedError: With the passage another option wins, or none clearly; or the right one wins
            without it, too.
        YomitokiError: The model would answer with none of the letters.
    """
    told = _told(written, options)
    right, best, place = _split(scorer, written, options, _rendered(passage))
    if best >= right:
        raise RejectedError(
            "another_option", f"{told}; {letter(place)} has {best:.2f}, the right one {right:.2f}"
        )
    if right < RIGHT or right < TIMES_THE_NEXT * best:
        raise RejectedError(
            "no_clear_option", f"{told}; right {right:.2f}, {letter(place)} {best:.2f}"
        )
    known, guessed, _ = _split(scorer, written, options, "")
    if known > guessed:
        raise RejectedError(
            "closed_book", f"{told}; without the passage {known:.2f}, the next {guessed:.2f}"
        )
    return OptionProbabilities(right, best, known, guessed)


def _split(
    scorer: OptionScorer, written: Written, options: Options, passages: str
) -> tuple[float, float, int]:
    """Probability of the right option, of the best wrong one, and the latter's place."""
    found = scorer.score(written.question, options.texts, passages).probabilities
    wrong = [place for place in range(len(found)) if place != options.right]
    best = max(wrong, key=lambda place: found[place])
    return found[options.right], found[best], best


def _rendered(passage: Passage) -> str:
    """The passage as the engine shows a node."""
    node = TextNode(
        text=" ".join(sentence.shown for sentence in passage.sentences),
        metadata={"heading": passage.place},
    )
    return render_passage(1, node)


def _told(written: Written, options: Options) -> str:
    listed = ", ".join(f"{letter(n)}. {text}" for n, text in enumerate(options.texts))
    return f"{written.question} {listed}; right: {letter(options.right)}"
