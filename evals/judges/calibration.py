"""A judge against grades that were given by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from evals.judges.answer_accuracy import RATINGS
from evals.judges.answer_correctness import AnswerCorrectnessSettings, mean_log_odds
from evals.judges.answer_judge import AnswerJudge
from evals.judges.cut_points import CutPoints, fitted, held_out_grades
from evals.judges.judge import Judgement
from evals.question_lines import Problem, raised
from evals.statistics.agreement import kappa, resampled, spearman
from evals.statistics.bootstrap import Interval, mean_interval
from pipelines.config_files import shown
from pipelines.errors import ConfigError, YomitokiError
from pipelines.llms.protocol import ChoiceScorer

GRADES = tuple(map(int, RATINGS))
_TEXTS = ("id", "question", "reference", "answer")


@dataclass(frozen=True)
class Label:
    """An answer graded by hand: 0, 2 or 4, with a reason, who graded, and who wrote the answer."""

    id: str
    question: str
    reference: str
    answer: str
    rating: int
    reason: str = ""
    author: str = ""
    grader: str = ""


@dataclass(frozen=True)
class Calibration:
    """How far a judge agrees with the grades of `scored` of `total` answers.

    `confusion` counts (grade by hand, grade by the judge); a judgement between two grades counts as
    the lower. `cut_points` are the log-odds from which an answer should count half and full, as far
    as the judge has such, and `held_out_kappa` the agreement where those are fitted to the other
    half of the labels each time. `bias` is its mean less that by hand, in
    [-1, 1]; `length_bias` the rank correlation of that difference with the answer's length;
    `self_preference` the bias on answers of the judging model less that on all others, None
    without both.
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


def read_labels(path: Path) -> list[Label]:
    """Graded answers, one a line: id, question, reference, answer, rating (0, 2 or 4).

    Raises:
        ConfigError: A line is wrong, named by its number, or the file can't be read.
    """
    try:
        lines = path.read_bytes().decode("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{shown(path)}: cannot be read as UTF-8: {error}") from error
    labels: list[Label] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            labels.append(_label(json.loads(line)))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(number, str(error)))
    raised(path, problems)
    if not labels:
        raise ConfigError(f"{shown(path)}: no graded answers")
    return labels


def _label(record: Any) -> Label:
    if not isinstance(record, dict):
        raise ValueError("must be an object")
    for key in _TEXTS:
        if not isinstance(record.get(key), str) or not record[key].strip():
            raise ValueError(f"{key}: must be text")
    rating = record.get("rating")
    if isinstance(rating, bool) or rating not in GRADES:
        raise ValueError("rating: must be 0, 2 or 4")
    known = {key: record[key] for key in ("reason", "author", "grader") if record.get(key)}
    return Label(**{key: record[key] for key in _TEXTS}, rating=int(rating), **known)


def calibrate(
    labels: Sequence[Label],
    judge: AnswerJudge,
    model: ChoiceScorer,
    model_name: str,
    seed: int,
    on_label: Callable[[int], None] = lambda _: None,
) -> Calibration:
    """Let the judge grade what was graded by hand.

    Args:
        labels: At least one.
        judge: The judge and its prompts.
        model: Who judges.
        model_name: As `author` of its own answers.
        seed: Of the intervals.
        on_label: Hears how many are done.
    """
    judged: list[tuple[Label, Judgement, float]] = []
    failed: list[str] = []
    for done, label in enumerate(labels, start=1):
        try:
            judgement = judge.graded(label.question, label.reference, label.answer, model)
        except YomitokiError as error:
            failed.append(f"{label.id}: {error}")
        else:
            if judgement.value is None:
                failed.append(f"{label.id}: {judgement.reason}")
            else:
                judged.append((label, judgement, judgement.value))
        on_label(done)
    cuts = isinstance(judge, AnswerCorrectnessSettings)
    return _calibration(judged, cuts, len(labels), failed, model_name, seed)


def _calibration(
    judged: Sequence[tuple[Label, Judgement, float]],
    cuts: bool,
    total: int,
    failed: Sequence[str],
    model_name: str,
    seed: int,
) -> Calibration:
    ours = [grade(value) for *_, value in judged]
    hand = [label.rating for label, *_ in judged]
    gaps = [value - label.rating / 4 for label, _, value in judged]
    odds = [mean_log_odds(judgement.parts) for _, judgement, _ in judged] if cuts else []
    held_out = held_out_grades(odds, hand) if odds else []
    apart = [j.disagreement for _, j, _ in judged if j.disagreement is not None]
    own = [gap for gap, (label, *_) in zip(gaps, judged, strict=True) if label.author == model_name]
    others = [g for g, (label, *_) in zip(gaps, judged, strict=True) if label.author != model_name]
    confusion = {
        (by_hand, by_judge): sum(
            (h, o) == (by_hand, by_judge) for h, o in zip(hand, ours, strict=True)
        )
        for by_hand in GRADES
        for by_judge in GRADES
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
        cut_points=fitted(odds, hand) if odds else None,
        held_out_kappa=kappa(hand, held_out) if held_out else None,
        held_out_interval=interval(held_out) if held_out else None,
        confusion=confusion,
        disagreement=fmean(apart) if apart else None,
        bias=fmean(gaps) if judged else None,
        bias_interval=mean_interval(gaps, seed=seed) if judged else None,
        length_bias=spearman(gaps, [float(len(label.answer)) for label, *_ in judged]),
        self_preference=fmean(own) - fmean(others) if own and others else None,
        failed=tuple(failed),
    )


def grade(value: float) -> int:
    """The grade of a judgement in [0, 1]; one between two grades is the lower."""
    return max(one for one in GRADES if one <= 4 * value)
