"""Refusing what the documents do not tell, against refusing what they do, for each threshold.

    python -m benchmarks.refusal_curve QUESTIONS.jsonl --out PROBABILITIES.jsonl
                                       [--config FILE] [--set KEY=VALUE] [--home DIR] [--seed 0]

QUESTIONS.jsonl has {"id", "question", "type"} a line; of type "unanswerable" are those that should
be refused. Each question's probability that its passages hold the answer is computed once, without
writing an answer, and kept in --out: a killed run goes on there, a second one prints at once. A
question for which nothing is left to read is refused at every threshold and counts as 0. Ids with
an odd number are those that a threshold may be chosen on; even ones are held out.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.intervals import auroc, bootstrap_interval
from benchmarks.result_file import ResultFile
from benchmarks.score_answers import held_out
from pipelines.config import PipelineSettings, load_config
from pipelines.errors import ConfigError
from pipelines.home import home_directory
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.sub_question_settings import SubQuestionSettings
from pipelines.rag import RagPipeline

THRESHOLDS = [step / 20 for step in range(1, 20)]
Open = Callable[[PipelineSettings, Path], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Judged:
    """A question and the probability that its passages hold the answer; 0 for no passages."""

    id: str
    answerable: bool
    probability: float


def judging(settings: PipelineSettings) -> PipelineSettings:
    """The settings with a threshold that everything is below: no answer is written.

    Raises:
        ConfigError: The engine does not judge the passages, or judges several searches in turn.
    """
    engine = settings.query_engine
    if not isinstance(engine, RetrieveAndAnswerSettings | SubQuestionSettings):
        raise ConfigError(
            f"query_engine.kind: {engine.kind!r} does not judge passages once: use "
            "retrieve_and_answer or sub_question"
        )
    return settings.model_copy(
        update={"query_engine": engine.model_copy(update={"sufficient": 1.0})}
    )


def judge(
    settings: PipelineSettings,
    home: Path,
    questions: Sequence[dict[str, Any]],
    out: ResultFile,
    open_: Open = RagPipeline.open,
) -> list[Judged]:
    """Each question's probability, from `out` or else from the model, in the questions' order."""
    settings = judging(settings)

    def key(question: dict[str, Any]) -> str:
        return f"{settings.fingerprint()} {question['id']} {question['question']}"

    missing = [question for question in questions if key(question) not in out.records]
    if missing:
        with open_(settings, home) as pipeline:
            for number, question in enumerate(missing, start=1):
                answer = pipeline.ask(question["question"])
                out.add(key(question), {"id": question["id"], "probability": answer.sufficiency})
                print(f"{number}/{len(missing)}  {question['id']}", file=sys.stderr)
    return [
        Judged(
            str(question["id"]),
            question["type"] != "unanswerable",
            out.records[key(question)]["probability"] or 0.0,
        )
        for question in questions
    ]


def curve(judged: Sequence[Judged]) -> list[tuple[float, int, int]]:
    """(threshold, unanswerable questions refused, answerable ones refused) for each threshold."""
    return [
        (
            threshold,
            sum(not j.answerable and j.probability < threshold for j in judged),
            sum(j.answerable and j.probability < threshold for j in judged),
        )
        for threshold in THRESHOLDS
    ]


def report(judged: Sequence[Judged], seed: int) -> list[str]:
    """Markdown: the curve of both halves and of all, and how well the probability tells apart."""
    halves = {
        "odd ids (tuned on)": [j for j in judged if not held_out(j.id)],
        "even ids (held out)": [j for j in judged if held_out(j.id)],
        "all": list(judged),
    }
    lines = ["| questions | answerable | unanswerable | AUROC | 95 % |", "|---|---|---|---|---|"]
    for name, half in halves.items():
        yes = [j.probability for j in half if j.answerable]
        no = [j.probability for j in half if not j.answerable]
        if yes and no:
            low, high = bootstrap_interval([yes, no], lambda groups: auroc(*groups), seed)
            lines.append(
                f"| {name} | {len(yes)} | {len(no)} | {auroc(yes, no):.3f} | {low:.3f}–{high:.3f} |"
            )
        else:
            lines.append(f"| {name} | {len(yes)} | {len(no)} | not defined | |")
    lines += ["", f"Intervals: bootstrap, each kind resampled by itself, seed {seed}.", ""]
    lines.append(
        "| threshold | " + " | ".join(f"{name}: refused unanswerable | wrongly" for name in halves)
    )
    lines[-1] += " |"
    lines.append("|---" * (1 + 2 * len(halves)) + "|")
    curves = [curve(half) for half in halves.values()]
    for row in zip(*curves, strict=True):
        counts = " | ".join(f"{refused} | {wrongly}" for _, refused, wrongly in row)
        lines.append(f"| {row[0][0]:.2f} | {counts} |")
    empty = sum(j.probability == 0 for j in judged)
    if empty:
        lines += ["", f"{empty} questions had nothing left to read: refused at every threshold."]
    return lines


def main(arguments: Sequence[str] | None = None, open_: Open = RagPipeline.open) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--set", dest="overrides", action="append", default=[])
    parser.add_argument("--home", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    lines = given.questions.read_text(encoding="utf-8").split("\n")
    questions = [json.loads(line) for line in lines if line.strip()]
    settings = load_config(given.config, given.overrides)
    out = ResultFile(given.out)
    judged = judge(settings, home_directory(given.home), questions, out, open_)
    print("\n".join(report(judged, given.seed)))


if __name__ == "__main__":
    main()
