"""A question, what one arm made of it, and a score or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.answer_record import AnswerRecord, NodeRecord
from evals.metrics.found_ranks import any_of, id_ranks
from evals.metrics.gold_quote import GoldQuote, quote_ranks
from evals.sample import Sample

# Metadata of a node that was read from a record with an id.
PASSAGE_KEY = "record_id"


@dataclass(frozen=True)
class Score:
    """A value, or None and the reason why the question has none: never a default number."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one arm made of one question: an answer for each time it was asked.

    None where one failed; `error` says why. `quotes` are the located evidence of the question,
    `rss_bytes` the memory that the process held after it, `shared_seconds` those of all answers'
    seconds that were not spent again, since a stage was kept, mostly from another arm; None where
    an earlier version kept an answer, which does not say it.
    """

    sample: Sample
    quotes: Sequence[GoldQuote]
    answers: Sequence[AnswerRecord]
    error: str = ""
    rss_bytes: int = 0
    shared_seconds: float | None = 0.0

    @property
    def answer(self) -> AnswerRecord | None:
        """The first answer; None where one failed."""
        return self.answers[0] if self.answers else None

    @property
    def has_gold(self) -> bool:
        """Whether it is known what should be found."""
        return bool(self.sample.relevant or self.quotes)

    def ranks(self, nodes: Sequence[NodeRecord]) -> list[int | None]:
        """At which rank each relevant passage or gold quote is found among nodes, best first.

        Quotes that say the same (`evidence_any`) are one item.
        """
        if self.sample.relevant:
            return id_ranks(passages(nodes), list(self.sample.relevant))
        ranks = quote_ranks([node.span for node in nodes], self.quotes)
        return any_of(ranks) if self.sample.evidence_any else ranks


def passages(nodes: Sequence[NodeRecord]) -> list[str]:
    """The passages that nodes are cut from, in the order of their first node."""
    return list(dict.fromkeys(str(node.metadata.get(PASSAGE_KEY, "")) for node in nodes))
