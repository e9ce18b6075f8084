"""Whether citations point at the gold evidence."""

from __future__ import annotations

from collections.abc import Sequence

from evals.metrics.gold_quote import QUOTE_SHARE, GoldQuote, SourceSpan, quote_ranks


def citation_precision(cited: Sequence[SourceSpan], quotes: Sequence[GoldQuote]) -> float:
    """The share of citations that overlap a gold quote, in [0, 1].

    Raises:
        ValueError: No citation (nothing was claimed, so nothing can be precise) or no quote.

    Source: Gao et al. 2023 (ALCE), with gold spans in the place of an entailment model.
    """
    if not cited or not quotes:
        raise ValueError("citation_precision: needs at least one citation and one gold quote")
    return sum(any(overlaps(span, quote) for quote in quotes) for span in cited) / len(cited)


def citation_recall(
    cited: Sequence[SourceSpan],
    quotes: Sequence[GoldQuote],
    any_suffices: bool,
    share: float = QUOTE_SHARE,
) -> float:
    """The share of gold quotes that the citations cover (`share` of their characters), in [0, 1].

    With `any_suffices`, one covered quote is full recall. No citation covers nothing: 0.

    Raises:
        ValueError: No quote.
    """
    if not quotes:
        raise ValueError("citation_recall: needs at least one gold quote")
    covered = [rank is not None for rank in quote_ranks(cited, quotes, share)]
    return float(any(covered)) if any_suffices else sum(covered) / len(covered)


def overlaps(span: SourceSpan, quote: GoldQuote) -> bool:
    """Whether a span shares a character with any place of a quote."""
    source, start, end = span
    return source == quote.source and any(
        start < last and first < end for first, last in quote.places
    )
