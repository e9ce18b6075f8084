"""The tables of a report as Markdown: numbers alone, no word of documents or answers."""

from __future__ import annotations

from collections.abc import Sequence

from evals.evaluation import Evaluation
from evals.report.costs import cost_rows, cost_together
from evals.report.page import cause_rows
from evals.report.tables import markdown, measure_rows, titled


def summary_markdown(evaluation: Evaluation, heading: str = "#") -> str:
    """What a suite found, to be pasted into a document.

    Args:
        evaluation: The suite that was run.
        heading: The mark of the suite's heading; those below it get one more.
    """
    suite = evaluation.suite
    lines = [f"{heading} {suite.name}", ""]
    if suite.description:
        lines += [suite.description, ""]
    for dataset in evaluation.datasets:
        outcomes = evaluation.outcomes[dataset.name]
        lines += [f"{heading}# {titled(dataset)}", ""]
        for result in evaluation.results[dataset.name]:
            less = " (less is better)" if result.lower_is_better else ""
            lines += _table(f"{result.metric}{less}", measure_rows(result))
        lines += _table("Cost", cost_rows(outcomes))
        if together := cost_together(outcomes):
            lines += [together, ""]
        if causes := cause_rows(evaluation, dataset.name):
            lines += _table("Where questions were lost", causes)
    for gate in evaluation.failed_gates:
        lines += [f"**Gate:** {gate}", ""]
    lines += [f"Seed {suite.seed}; intervals: 95 %, bootstrap; p after Holm over the arms.", ""]
    return "\n".join(lines)


def _table(title: str, table: tuple[Sequence[str], Sequence[Sequence[str]]]) -> list[str]:
    return [f"**{title}**", "", *markdown(*table), ""]
