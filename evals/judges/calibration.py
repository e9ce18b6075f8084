"""A judge against grades that were given by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from evals.judges.cut_points import CutPoints, fitted, held_out_grades
from evals.judges.judge import Judge, Judgement, mean_log_odds
from evals.judges.labels import Label
from evals.statistics.agreement import kappa, resampled, spearman
from evals.statistics.bootstrap import Interval, mean_interval
from pipelines.errors import YomitokiError
from pipelines.llms.protocol import ChoiceScorer


@dataclass(frozen=True)
class Calibration:
    """How far a judge agrees with the grades of `scored` of `total` labels.

    `confusion` counts (grade by hand, grade by the judge); a judgement between two grades counts as
    the lower. `cut_points` are the log-odds from which each grade but the first should count, as
    far as the judge has such, and `held_out_kappa` the agreement where those are fitted to the
    other half of the labels each time. `bias` is its mean less that by hand, in [-1, 1];
    `length_bias` the rank correlation of that difference with the length of what is graded;
    `self_preference` the bias on what the judging model wrote less that on all else, None without
    both.
    """

    scored: int
    total: int
    kappa: float | None
    kappa_interval: Interval | None
    weighted_kappa: float | None
    cut_points: CutPoints | None
    held_out_kappa: float | None
    held_out_interval: Interval | None
    confusion: dict[tuple[int, int], int]
    disagreement: float | None
    bias: float | None
    bias_interval: Interval | None
    length_bias: float | None
    self_preference: float | None
    failed: tuple[str, ...]


def calibrate(
    labels: Sequence[Label],
    judge: Judge,
    model: ChoiceScorer,
    model_name: str,
    seed: int,
    on_label: Callable[[int], None] = lambda _: None,
) -> Calibration:
    """Let the judge grade what was graded by hand.

    Args:
        labels: At least one, for this judge.
        judge: The judge and its prompts.
        model: Who judges.
        model_name: As `author` of what it wrote.
        seed: Of the intervals.
        on_label: Hears how many are done.
    """
    judged: list[tuple[Label, Judgement, float]] = []
    failed: list[str] = []
    for done, label in enumerate(labels, start=1):
        try:
            judgement = judge.labelled(label.texts, model)
        except YomitokiError as error:
            failed.append(f"{label.id}: {error}")
        else:
            if judgement.value is None:
                failed.append(f"{label.id}: {judgement.reason}")
            else:
                judged.append((label, judgement, judgement.value))
        on_label(done)
    return _calibration(judged, judge, len(labels), failed, model_name, seed)


def _calibration(
    judged: Sequence[tuple[Label, Judgement, float]],
    judge: Judge,
    total: int,
    failed: Sequence[str],
    model_name: str,
    seed: int,
) -> Calibration:
    scale = judge.grades
    ours = [grade(value, scale) for *_, value in judged]
    hand = [label.rating for label, *_ in judged]
    gaps = [value - label.rating / scale[-1] for label, _, value in judged]
    odds = [mean_log_odds(j.parts) for _, j, _ in judged] if judge.cut_names else []
    held_out = held_out_grades(odds, hand, scale) if odds else []
    graded = judge.label_texts[-1]
    apart = [j.disagreement for _, j, _ in judged if j.disagreement is not None]
    own = [gap for gap, (label, *_) in zip(gaps, judged, strict=True) if label.author == model_name]
    others = [g for g, (label, *_) in zip(gaps, judged, strict=True) if label.author != model_name]
    confusion = {
        (by_hand, by_judge): sum(
            (h, o) == (by_hand, by_judge) for h, o in zip(hand, ours, strict=True)
        )
        for by_hand in scale
        for by_judge in scale
    }

    def interval(grades: Sequence[int]) -> Interval | None:
        return resampled(
            len(grades),
            lambda places: kappa([hand[p] for p in places], [grades[p] for p in places]),
            seed=seed,
        )

    return Calibration(
        scored=len(judged),
        total=total,
        kappa=kappa(hand, ours) if judged else None,
        kappa_interval=interval(ours) if judged else None,
        weighted_kappa=kappa(hand, ours, weighted=True) if judged else None,
        cut_points=fitted(odds, hand, scale) if odds else None,
        held_out_kappa=kappa(hand, held_out) if held_out else None,
        held_out_interval=interval(held_out) if held_out else None,
        confusion=confusion,
        disagreement=fmean(apart) if apart else None,
        bias=fmean(gaps) if judged else None,
        bias_interval=mean_interval(gaps, seed=seed) if judged else None,
        length_bias=spearman(gaps, [float(len(one.texts[graded])) for one, *_ in judged]),
        self_preference=fmean(own) - fmean(others) if own and others else None,
        failed=tuple(failed),
    )


def grade(value: float, scale: Sequence[int]) -> int:
    """The grade of a judgement in [0, 1]; one between two grades is the lower."""
    return max(one for one in scale if one <= scale[-1] * value)
