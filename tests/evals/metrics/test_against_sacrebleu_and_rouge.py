"""BLEU, chrF and ROUGE-L against sacrebleu and rouge-score on random texts, to 1e-9."""

from __future__ import annotations

import random

import pytest
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF

from evals.metrics.bleu import bleu
from evals.metrics.chrf import chrf
from evals.metrics.rouge_l import rouge_l


class SplitAtSpaces:
    """rouge-score's own tokenizer drops every Japanese letter."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


def texts(seed: int, count: int) -> list[list[str]]:
    """Texts of 1 to 12 words over a few letters, so that n-grams repeat and are in common."""
    chance = random.Random(seed)
    return [chance.choices("東京都の川会議", k=chance.randint(1, 12)) for _ in range(count)]


@pytest.mark.parametrize("seed", range(200))
def test_values_are_equal(seed: int) -> None:
    answer, *references = texts(seed, 2 + seed % 3)
    said, wanted = " ".join(answer), [" ".join(reference) for reference in references]
    theirs = BLEU(effective_order=True, tokenize="none").sentence_score(said, wanted).score
    assert bleu(answer, references) == pytest.approx(theirs / 100, abs=1e-9)
    theirs = CHRF().sentence_score(said, wanted).score
    assert chrf(said, wanted) == pytest.approx(theirs / 100, abs=1e-9)
    scorer = RougeScorer(["rougeL"], tokenizer=SplitAtSpaces())
    theirs = scorer.score(wanted[0], said)["rougeL"].fmeasure
    assert rouge_l(answer, references[0]) == pytest.approx(theirs, abs=1e-9)
