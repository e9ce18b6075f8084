"""The results as rows of text, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from evals.results import MetricResult, Summary
from evals.statistics.comparison import Comparison


def mean_rows(results: Sequence[MetricResult]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: an arm a row, a measure a column, as *mean [interval] scored/total*."""
    columns = ["arm", *[r.metric + (" ↓" if r.lower_is_better else "") for r in results]]
    arms = list(results[0].summaries)
    rows = [
        [arm, *[mean_cell(r.summaries[arm], r.disagreement.get(arm)) for r in results]]
        for arm in arms
    ]
    return columns, rows


def mean_cell(summary: Summary, disagreement: float | None = None) -> str:
    """*.711 [.601, .812] 45/50*; of a judged measure also how far its two judges lie apart."""
    if summary.mean is None or summary.interval is None:
        return f"not scored 0/{summary.total}"
    low, high = summary.interval.low, summary.interval.high
    apart = "" if disagreement is None else f", judges {number(disagreement)} apart"
    return (
        f"{number(summary.mean)} [{number(low)}, {number(high)}] "
        f"{summary.scored}/{summary.total}{apart}"
    )


def comparison_rows(results: Sequence[MetricResult]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows: a row for each arm and measure that was compared, with its verdict."""
    columns = ["arm", "against", "measure", "gain", "95 %", "p (Holm)", "won–lost", "n", "verdict"]
    rows: list[list[str]] = []
    for result in results:
        for arm, comparison in result.comparisons.items():
            row = [arm, result.against[arm], result.metric]
            if comparison is None:
                rows.append([*row, "", "", "", "", "0", "not comparable"])
            else:
                rows.append([*row, *_comparison_cells(comparison)])
    return columns, rows


def _comparison_cells(comparison: Comparison) -> list[str]:
    interval = comparison.interval
    return [
        signed(comparison.difference),
        f"[{signed(interval.low)}, {signed(interval.high)}]",
        f"{comparison.p_holm:.3f}",
        f"{len(comparison.wins)}–{len(comparison.losses)}",
        str(comparison.n),
        verdict_text(comparison),
    ]


def verdict_text(comparison: Comparison) -> str:
    """The verdict; of an undecided one, how many questions would decide such a difference."""
    if comparison.verdict != "undecided":
        return comparison.verdict
    if comparison.needed is None or comparison.needed <= comparison.n:
        return "undecided"
    return f"undecided (about {comparison.needed:,} questions would decide)"


def number(value: float) -> str:
    """Three decimals under 10, one above, so that seconds and tokens stay readable."""
    return f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"


def signed(value: float) -> str:
    """As `number`, with its sign."""
    return ("+" if value >= 0 else "−") + number(abs(value))


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table."""
    ruled = [list(columns), ["---"] * len(columns), *map(list, rows)]
    return [f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |" for row in ruled]
