"""The report as one HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from evals.attribution import CAUSES, Cause, causes
from evals.dataset import Dataset
from evals.evaluation import Evaluation
from evals.metrics.found_scores import RecallSettings
from evals.outcome import Outcome
from evals.report.costs import cost_rows, cost_together
from evals.report.plots import (
    Bar,
    Drawn,
    cause_plot,
    cost_plot,
    interval_plot,
    length_plot,
    recall_plot,
)
from evals.report.question_view import question_view
from evals.report.tables import measure_rows, overview_rows
from evals.results import MetricResult

TEMPLATE = Path(__file__).with_name("page.html.j2")
CURVE = (1, 2, 3, 5, 10, 20)
# The first of these that a suite measures says what is right.
DECIDING = ("alias_match", "option_accuracy", "exact_match", "verifiable")
JUDGING = ("answer_correctness", "answer_accuracy")


def report_page(evaluation: Evaluation, plots: Sequence[Drawn] = ()) -> str:
    """The report's HTML, further plots first; all text of documents and models is escaped."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(TEMPLATE.read_text("utf-8")).render(
        name=evaluation.suite.name,
        description=evaluation.suite.description,
        seed=evaluation.suite.seed,
        failed_gates=evaluation.failed_gates,
        plots=plots,
        datasets=[_dataset(dataset, evaluation) for dataset in evaluation.datasets],
    )


def deciding_metric(results: Sequence[MetricResult]) -> MetricResult | None:
    """The measure that says whether an answer is right; None if the suite has none."""
    by_name = {result.metric: result for result in results}
    return next((by_name[name] for name in DECIDING if name in by_name), None)


def judging_metric(results: Sequence[MetricResult]) -> MetricResult | None:
    """The judge of answers; None if the suite has none."""
    return next((result for result in results if result.metric.startswith(JUDGING)), None)


def _dataset(dataset: Dataset, evaluation: Evaluation) -> dict[str, Any]:
    results = evaluation.results[dataset.name]
    outcomes = evaluation.outcomes[dataset.name]
    deciding = deciding_metric(results)
    by_question = [
        {arm: of_arm[place] for arm, of_arm in outcomes.items()}
        for place in range(len(dataset.samples))
    ]
    return {
        "name": dataset.name,
        "digest": dataset.digest(),
        "synthetic": sum(sample.synthetic for sample in dataset.samples),
        "overview": overview_rows(results),
        "measures": [(result, *measure_rows(result)) for result in results],
        "costs": cost_rows(outcomes),
        "together": cost_together(outcomes),
        "plots": _plots(results, outcomes, deciding),
        "questions": [
            question_view(one, results, deciding, judging_metric(results)) for one in by_question
        ],
    }


def cause_rows(evaluation: Evaluation, dataset: str) -> tuple[list[str], list[list[str]]] | None:
    """Columns and rows: at which stage how many questions of each arm were lost; None if the suite
    has no measure of what is right."""
    deciding = deciding_metric(evaluation.results[dataset])
    if deciding is None:
        return None
    counted = _causes(evaluation.results[dataset], evaluation.outcomes[dataset], deciding)
    seen = [cause for cause in CAUSES if any(cause in of_arm for of_arm in counted.values())]
    rows = [
        [arm, *[str(of_arm.get(cause, 0)) for cause in seen]] for arm, of_arm in counted.items()
    ]
    return ["arm", *seen], rows


def _causes(
    results: Sequence[MetricResult],
    outcomes: Mapping[str, Sequence[Outcome]],
    deciding: MetricResult,
) -> dict[str, dict[Cause, int]]:
    judging = judging_metric(results)
    return {
        arm: causes(of_arm, deciding.scores[arm], judging.scores[arm] if judging else None)
        for arm, of_arm in outcomes.items()
    }


def _plots(
    results: Sequence[MetricResult],
    outcomes: Mapping[str, Sequence[Outcome]],
    deciding: MetricResult | None,
) -> list[Drawn]:
    plots: list[Drawn] = []
    chief = deciding or results[0]
    bars = [
        Bar(arm, summary.mean, summary.interval.low, summary.interval.high)
        for arm, summary in chief.summaries.items()
        if summary.mean is not None and summary.interval is not None
    ]
    if bars:
        plots.append(interval_plot(bars, f"Mean {chief.metric} with its 95 % interval"))
    if curves := _recall_curves(outcomes):
        plots.append(recall_plot(curves, CURVE, "Recall of what was retrieved", "first k passages"))
    if deciding is not None:
        plots.append(cause_plot(_causes(results, outcomes, deciding), "Where questions were lost"))
        points = [
            (arm, fmean(sum(a.seconds.values()) for a in answers), summary.mean)
            for arm, summary in deciding.summaries.items()
            if summary.mean is not None
            and (answers := [answer for o in outcomes[arm] for answer in o.answers])
        ]
        plots.append(cost_plot(points, "Cost and worth", "seconds a question", deciding.metric))
        lengths = {
            arm: [len(answer.text) for o in of_arm for answer in o.answers] or [0]
            for arm, of_arm in outcomes.items()
        }
        if any(any(of_arm) for of_arm in lengths.values()):
            plots.append(length_plot(lengths, "Length of answers"))
    return plots


def _recall_curves(outcomes: Mapping[str, Sequence[Outcome]]) -> dict[str, list[float]]:
    """Mean recall of the retriever's nodes at each k, of arms that retrieve."""
    curves: dict[str, list[float]] = {}
    for arm, of_arm in outcomes.items():
        if not any(o.answer is not None and o.answer.retrieved for o in of_arm):
            continue
        means = []
        for k in CURVE:
            scores = [RecallSettings(k=k, of="retrieved").score(o).value for o in of_arm]
            known = [score for score in scores if score is not None]
            if not known:
                break
            means.append(fmean(known))
        else:
            curves[arm] = means
    return curves
