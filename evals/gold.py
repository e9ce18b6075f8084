"""Where the gold evidence of questions stands in the documents as they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evals.metrics.gold_quote import FoldedText, GoldQuote
from evals.question_lines import Problem
from evals.sample import Sample
from pipelines.nearest import did_you_mean


def locate_gold(
    samples: Sequence[Sample], texts: Mapping[str, str]
) -> tuple[dict[str, list[GoldQuote]], list[Problem]]:
    """The gold quotes of each question by its id, and what could not be found.

    Args:
        samples: Questions; one without evidence gets no quotes.
        texts: The documents by their source.
    """
    folded = {source: FoldedText(source, text) for source, text in texts.items()}
    gold: dict[str, list[GoldQuote]] = {}
    problems: list[Problem] = []
    for sample in samples:
        quotes: list[GoldQuote] = []
        for piece in sample.evidence:
            text = folded.get(piece.source)
            if text is None:
                hint = did_you_mean(piece.source, list(texts))
                problems.append(
                    Problem(sample.line, f"evidence: no document is named {piece.source!r}.{hint}")
                )
                continue
            try:
                quotes.append(text.locate(piece.quote))
            except ValueError:
                problems.append(
                    Problem(
                        sample.line,
                        f"evidence: quote not found in {piece.source}: {piece.quote[:40]!r}",
                    )
                )
        gold[sample.id] = quotes
    return gold, problems


def missing_passages(samples: Sequence[Sample], passages: Sequence[str]) -> list[Problem]:
    """Relevant passages that the corpus does not have."""
    known = set(passages)
    return [
        Problem(sample.line, f"relevant passage {passage!r} is not in the corpus")
        for sample in samples
        for passage in sample.relevant
        if passage not in known
    ]
