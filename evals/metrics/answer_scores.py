"""Measures of an answer's text against the reference."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import ClassVar, Literal

from typing_extensions import override

from evals.answer_record import AnswerRecord
from evals.metrics.alias_match import alias_match
from evals.metrics.bleu import bleu
from evals.metrics.character_f1 import character_f1
from evals.metrics.chrf import chrf
from evals.metrics.exact_match import exact_match
from evals.metrics.metric import Metric
from evals.metrics.rouge_l import rouge_l
from evals.metrics.verifiable import verify_integer
from evals.metrics.words import words
from evals.outcome import Outcome, Score
from evals.sample import Sample


class AnswerMetric(Metric):
    """A measure of the text of an answer to an answerable question; a refusal is worth nothing."""

    needs_answers: ClassVar[bool] = True

    kind: str

    @property
    @override
    def name(self) -> str:
        return self.kind

    @override
    def unfit(self, sample: Sample) -> str:
        if not sample.answerable:
            return "the question can't be answered"
        if sample.options:
            return "the question has options"
        return "" if references(sample) else "no reference is known"

    @override
    def scored(self, outcome: Outcome, answer: AnswerRecord) -> Score:
        return Score(0.0) if answer.refused else self.of_text(outcome.sample, answer.text)

    @abstractmethod
    def of_text(self, sample: Sample, text: str) -> Score:
        """The measure of an answer's text."""


def references(sample: Sample) -> tuple[str, ...]:
    """The accepted answers of a question, the reference first."""
    written = (sample.reference,) if sample.reference else ()
    return tuple(dict.fromkeys((*written, *sample.aliases)))


class AliasMatchSettings(AnswerMetric):
    """Whether the answer holds an accepted spelling: `evals.metrics.alias_match`.

    Generous to a long answer. Without `quotes`, the sentences that an answer quotes below its own
    words (「…」 in lines of their own) are left out.
    """

    kind: Literal["alias_match"] = "alias_match"
    quotes: bool = True

    @property
    @override
    def name(self) -> str:
        return self.kind if self.quotes else f"{self.kind} unquoted"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        said = text if self.quotes else text.split("\n「")[0]
        accepted = sample.aliases or references(sample)
        return Score(float(alias_match(said, accepted, sample.alias_groups)))


class ExactMatchSettings(AnswerMetric):
    """Whether the answer is a reference and nothing else: `evals.metrics.exact_match`."""

    kind: Literal["exact_match"] = "exact_match"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        return Score(exact_match(text, references(sample)))


class CharacterF1Settings(AnswerMetric):
    """Overlap of characters with the nearest reference: `evals.metrics.character_f1`."""

    kind: Literal["character_f1"] = "character_f1"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        return Score(character_f1(text, references(sample)))


class RougeLSettings(AnswerMetric):
    """Longest common run of words with the nearest reference: `evals.metrics.rouge_l`."""

    kind: Literal["rouge_l"] = "rouge_l"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        said = words(text)
        return Score(max(rouge_l(said, words(reference)) for reference in references(sample)))


class BleuSettings(AnswerMetric):
    """Sentence BLEU on Sudachi's words: `evals.metrics.bleu`."""

    kind: Literal["bleu"] = "bleu"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        return Score(bleu(words(text), [words(reference) for reference in references(sample)]))


class ChrfSettings(AnswerMetric):
    """Character n-grams in common with the nearest reference: `evals.metrics.chrf`."""

    kind: Literal["chrf"] = "chrf"

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        return Score(chrf(text, references(sample)))


class VerifiableSettings(AnswerMetric):
    """Whether the boxed, or else the last, integer is the reference's: `evals.metrics.verifiable`.

    With `format_only`, whether there is a box with one integer, right or wrong.
    """

    kind: Literal["verifiable"] = "verifiable"
    format_only: bool = False

    @property
    @override
    def name(self) -> str:
        return f"{self.kind} format" if self.format_only else self.kind

    @override
    def unfit(self, sample: Sample) -> str:
        return super().unfit(sample) or (
            "" if is_integer(sample.reference) else "the reference is no integer"
        )

    @override
    def of_text(self, sample: Sample, text: str) -> Score:
        verified = verify_integer(text, int(sample.reference.replace(",", "")))
        return Score(float(verified.formatted if self.format_only else verified.right))


def is_integer(reference: str) -> bool:
    """Whether a reference is a whole number, perhaps with commas."""
    return re.fullmatch(r"[+-]?\d[\d,]*", reference) is not None
