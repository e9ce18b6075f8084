"""From outcomes to what may be said: means with intervals, and comparisons with verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from evals.judging import Judgements
from evals.metrics.metric import Metric
from evals.outcome import Outcome, Score
from evals.sample import Sample
from evals.statistics.bootstrap import Interval, mean_interval
from evals.statistics.comparison import Comparison, compare, corrected
from evals.suite import Cluster, SuiteSettings

# Of each arm, of each question.
Scores = Mapping[str, Mapping[str, Score]]


@dataclass(frozen=True)
class Summary:
    """An arm's mean on one measure, over the `scored` of `total` questions that have a score.

    `mean` and `interval` are None if none has; `reasons` counts why the others have none.
    """

    mean: float | None
    interval: Interval | None
    scored: int
    total: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class MetricResult:
    """One measure on one dataset: each arm's scores, their summary, and comparisons.

    `against` names, for each arm but the first, the arm it is compared with; `comparisons` has None
    where no question has a score from both. `groups` says of each question what it is drawn
    together with. `disagreement`, of a judged measure, is how far its
    two judges lie apart on the mean, by arm.
    """

    metric: str
    lower_is_better: bool
    scores: Mapping[str, Mapping[str, Score]]
    summaries: Mapping[str, Summary]
    against: Mapping[str, str]
    comparisons: Mapping[str, Comparison | None]
    groups: Mapping[str, str] = field(default_factory=dict)
    disagreement: Mapping[str, float] = field(default_factory=dict)


def metric_results(
    suite: SuiteSettings,
    outcomes: Mapping[str, Sequence[Outcome]],
    judged: Mapping[str, Judgements] | None = None,
) -> list[MetricResult]:
    """Every measure of a suite on one dataset, then every judge.

    Args:
        suite: Its measures, seed, and what is compared with what.
        outcomes: Of each arm, in the order of the suite.
        judged: Of each judge by its name.
    """
    results = [
        _result(metric.name, metric.lower_is_better, _measured(metric, outcomes), suite, outcomes)
        for metric in suite.metrics
    ]
    for name, judgements in (judged or {}).items():
        scores = {
            arm: {question: Score(one.value, one.reason) for question, one in of_arm.items()}
            for arm, of_arm in judgements.items()
        }
        result = _result(name, False, scores, suite, outcomes)
        results.append(replace(result, disagreement=_disagreement(judgements)))
    return results


def _measured(metric: Metric, outcomes: Mapping[str, Sequence[Outcome]]) -> Scores:
    return {
        arm: {outcome.sample.id: metric.score(outcome) for outcome in of_arm}
        for arm, of_arm in outcomes.items()
    }


def _disagreement(judgements: Judgements) -> dict[str, float]:
    apart = {
        arm: [one.disagreement for one in of_arm.values() if one.disagreement is not None]
        for arm, of_arm in judgements.items()
    }
    return {arm: fmean(values) for arm, values in apart.items() if values}


def _result(
    name: str,
    lower_is_better: bool,
    scores: Scores,
    suite: SuiteSettings,
    outcomes: Mapping[str, Sequence[Outcome]],
) -> MetricResult:
    arms = list(outcomes)
    groups = {
        outcome.sample.id: group_of(outcome.sample, suite.cluster)
        for outcome in next(iter(outcomes.values()))
    }
    against = suite.against(arms)
    found = {
        arm: gained(scores[arm], scores[base], groups, lower_is_better, suite.seed)
        for arm, base in against.items()
    }
    family = [arm for arm, comparison in found.items() if comparison is not None]
    adjusted = corrected([one for one in found.values() if one is not None])
    comparisons: dict[str, Comparison | None] = dict.fromkeys(found)
    comparisons.update(zip(family, adjusted, strict=True))
    return MetricResult(
        metric=name,
        lower_is_better=lower_is_better,
        scores=scores,
        summaries={arm: _summary(scores[arm], groups, suite.seed) for arm in arms},
        against=against,
        comparisons=comparisons,
        groups=groups,
    )


def gained(
    arm: Mapping[str, Score],
    base: Mapping[str, Score],
    groups: Mapping[str, str],
    lower_is_better: bool,
    seed: int,
) -> Comparison | None:
    """An arm's scores against a base's, turned round where less is better: a gain is a gain."""
    sign = -1.0 if lower_is_better else 1.0
    ours, theirs = (
        {q: None if s.value is None else sign * s.value for q, s in of_arm.items()}
        for of_arm in (arm, base)
    )
    return compare(ours, theirs, groups, seed=seed)


def _summary(scores: Mapping[str, Score], groups: Mapping[str, str], seed: int) -> Summary:
    values = {q: score.value for q, score in scores.items() if score.value is not None}
    reasons = Counter(score.reason for score in scores.values() if score.value is None)
    if not values:
        return Summary(None, None, 0, len(scores), reasons)
    return Summary(
        mean=fmean(values.values()),
        interval=mean_interval(list(values.values()), [groups[q] for q in values], seed=seed),
        scored=len(values),
        total=len(scores),
        reasons=reasons,
    )


def group_of(sample: Sample, cluster: Cluster) -> str:
    """What a question is drawn together with; a name of its own where it stands alone."""
    alone = f"question {sample.id}"
    if cluster == "group":
        return f"group {sample.group}" if sample.group else alone
    if cluster == "document":
        sources = sorted({piece.source for piece in sample.evidence})
        return f"documents {', '.join(sources)}" if sources else alone
    return alone
