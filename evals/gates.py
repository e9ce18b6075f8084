"""Whether a run is good enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.results import MetricResult, gained
from evals.suite import GateSettings


@dataclass(frozen=True)
class FailedGate:
    """What does not hold of an arm on a dataset: the measure, its value and the bound."""

    dataset: str
    arm: str
    text: str

    def __str__(self) -> str:
        return f"{self.dataset}: {self.text}"


def failed_gates(
    gates: Sequence[GateSettings], results: Mapping[str, Sequence[MetricResult]], seed: int
) -> list[FailedGate]:
    """What does not hold.

    A mean that does not exist fails every bound: what was not measured is not good enough.

    Args:
        gates: The suite's.
        results: Of each dataset, by its name.
        seed: Of the comparison of `not_worse_than`.
    """
    failed: list[FailedGate] = []
    for gate in gates:
        for dataset, measured in results.items():
            if gate.dataset in ("", dataset):
                result = next(one for one in measured if one.metric == gate.metric)
                problems = _problems(gate, result, seed)
                failed += [FailedGate(dataset, gate.arm, problem) for problem in problems]
    return failed


def _problems(gate: GateSettings, result: MetricResult, seed: int) -> list[str]:
    what = f"{gate.metric} of {gate.arm}"
    mean = result.summaries[gate.arm].mean
    if mean is None:
        return [f"{what} could not be measured"]
    problems = []
    if gate.at_least is not None and mean < gate.at_least:
        problems.append(f"{what} is {mean:.3f}: must be at least {gate.at_least:g}")
    if gate.at_most is not None and mean > gate.at_most:
        problems.append(f"{what} is {mean:.3f}: must be at most {gate.at_most:g}")
    if gate.not_worse_than is not None:
        ours, theirs = result.scores[gate.arm], result.scores[gate.not_worse_than]
        found = gained(ours, theirs, result.groups, result.lower_is_better, seed)
        if found is not None and found.verdict == "hurts":
            by = -found.difference
            problems.append(f"{what} is worse than {gate.not_worse_than}'s by {by:.3f}")
    return problems
