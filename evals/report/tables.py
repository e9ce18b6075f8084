"""The results as rows of text, for a terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from evals.dataset import Dataset
from evals.results import MetricResult, Summary
from evals.statistics.comparison import Comparison

# Characters of the reason why nothing is scored.
MOST_REASON = 40


def titled(dataset: Dataset) -> str:
    """*name: 50 questions, 20 of them synthetic*."""
    synthetic = sum(sample.synthetic for sample in dataset.samples)
    note = f", {synthetic} of them synthetic" if synthetic else ""
    return f"{dataset.name}: {len(dataset.samples)} questions{note}"


@dataclass(frozen=True)
class Overview:
    """A mean in the overview, its verdict (`helps`, `hurts`, `undecided`, or "" where nothing was
    compared) and what else there is to know, as a sentence."""

    mean: str
    verdict: str
    note: str


def overview_rows(
    results: Sequence[MetricResult],
) -> tuple[list[str], list[tuple[str, list[Overview]]]]:
    """Columns, and an arm with a cell a measure: the whole in one look."""
    columns = ["arm", *[r.metric + (" ↓" if r.lower_is_better else "") for r in results]]
    arms = list(results[0].summaries)
    return columns, [(arm, [_overview(r, arm) for r in results]) for arm in arms]


def _overview(result: MetricResult, arm: str) -> Overview:
    mean, interval, scored = _mean_cells(result.summaries[arm])
    comparison = result.comparisons.get(arm)
    if comparison is None:
        return Overview(mean, "", f"{interval} {scored}")
    gain, of_gain, p, *_ = _comparison_cells(comparison)
    note = f"{interval} {scored}; against {result.against[arm]} {gain} {of_gain}, p {p}"
    return Overview(mean, comparison.verdict, note)


def measure_rows(result: MetricResult) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of one measure: an arm a row, its mean and what it gains, no wider than a
    terminal."""
    columns = ["arm", "mean", "95 %", "scored"]
    apart = bool(result.disagreement)
    if apart:
        columns.append("judges apart")
    compared = bool(result.comparisons)
    if compared:
        columns += ["against", "gain", "of the gain, 95 %", "p (Holm)", "won–lost", "verdict"]
    rows = []
    for arm, summary in result.summaries.items():
        row = [arm, *_mean_cells(summary)]
        if apart:
            row.append(number(result.disagreement[arm]) if arm in result.disagreement else "")
        if compared:
            row += _gain_cells(result, arm)
        rows.append(row)
    return columns, rows


def _mean_cells(summary: Summary) -> list[str]:
    if summary.mean is None or summary.interval is None:
        reason = max(summary.reasons, key=lambda one: summary.reasons[one], default="")
        return ["–", reason[:MOST_REASON], f"0/{summary.total}"]
    low, high = number(summary.interval.low), number(summary.interval.high)
    return [number(summary.mean), f"[{low}, {high}]", f"{summary.scored}/{summary.total}"]


def _gain_cells(result: MetricResult, arm: str) -> list[str]:
    if arm not in result.comparisons:
        return [""] * 6
    comparison = result.comparisons[arm]
    if comparison is None:
        return [result.against[arm], "", "", "", "", "not comparable"]
    gain, interval, p, won, _, verdict = _comparison_cells(comparison)
    return [result.against[arm], gain, interval, p, won, verdict]


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
        "<0.001" if comparison.p_holm < 0.001 else f"{comparison.p_holm:.3f}",
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
    return f"undecided (n ≈ {comparison.needed:,} would decide)"


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
