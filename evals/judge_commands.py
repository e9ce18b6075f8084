"""What the commands of `main.py eval judge` do."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from evals.command_group import Call
from evals.judges.answer_accuracy import AnswerAccuracySettings
from evals.judges.answer_correctness import AnswerCorrectnessSettings
from evals.judges.calibration import Calibration, calibrate
from evals.judges.faithfulness import FaithfulnessSettings
from evals.judges.judge import Judge
from evals.judges.labels import read_labels
from evals.judges.relevance import RelevanceSettings
from evals.report.tables import number, signed
from evals.statistics.bootstrap import Interval
from pipelines.config import load_config
from pipelines.errors import ConfigError

_JUDGES: dict[str, type[Judge]] = {
    "answer_correctness": AnswerCorrectnessSettings,
    "answer_accuracy": AnswerAccuracySettings,
    "faithfulness": FaithfulnessSettings,
    "relevance": RelevanceSettings,
}
_LANGUAGES = ("ja", "en")


def calibrate_judge(call: Call, path: Path, kind: str, language: str | None, seed: int) -> None:
    """Judge what was graded by hand with the config's language model and show how far it agrees.

    Raises:
        ConfigError: A label is wrong, there is no such judge, or it has no prompts in the language.
        YomitokiError: The model can't be loaded.
    """
    judge = _judge(kind, language)
    labels = read_labels(path, judge)
    settings = load_config(call.config, call.overrides).llm
    output = call.output
    with output.progress() as progress:
        task = progress.add_task("judging", total=len(labels))
        model = settings.build(call.home)
        found = calibrate(
            labels, judge, model, settings.model, seed,
            lambda done: progress.update(task, completed=done),
        )  # fmt: skip
    graders = sorted({label.grader for label in labels if label.grader})
    if output.json:
        confusion = [{"by_hand": h, "by_judge": j, "n": n} for (h, j), n in found.confusion.items()]
        record = {**asdict(found), "confusion": confusion}
        output.record(
            {"labels": str(path), "graders": graders, "model": settings.model,
             "prompts": judge.version, "seed": seed, **record}
        )  # fmt: skip
        return
    output.line(
        f"{settings.model} with {judge.version}, against {found.total} grades given by "
        f"{', '.join(graders) or 'nobody named'}\n"
    )
    for line in _lines(found):
        output.line(line)
    output.line()
    if found.cut_points:
        output.line("cut points fitted to these labels, for a suite's `judges`:")
        cuts = zip(judge.cut_names, found.cut_points, strict=True)
        settings_of = ", ".join(f"{name}: {cut:.2f}" for name, cut in cuts)
        spoken = f", language: {language}" if language else ""
        output.line(f"  {{kind: {kind}{spoken}, {settings_of}}}\n")
    columns = ["by hand", *[f"judge {grade}" for grade in judge.grades]]
    output.table(columns, [
        [str(h), *[str(found.confusion[h, j]) for j in judge.grades]] for h in judge.grades
    ])  # fmt: skip
    for failure in found.failed[:5]:
        output.line(f"not judged: {failure}")


def _judge(kind: str, language: str | None) -> Judge:
    if kind not in _JUDGES:
        raise ConfigError(f"--judge: {kind!r}: must be one of {', '.join(_JUDGES)}")
    judge = _JUDGES[kind]
    if language is None:
        return judge.model_validate({"kind": kind})
    if "language" not in judge.model_fields:
        raise ConfigError(f"--language: {kind} asks in English alone: leave it out")
    if language not in _LANGUAGES:
        raise ConfigError(f"--language: {language!r}: must be one of {', '.join(_LANGUAGES)}")
    return judge.model_validate({"kind": kind, "language": language})


def _lines(found: Calibration) -> list[str]:
    return [
        f"judged              {found.scored} of {found.total}",
        f"kappa               {_value(found.kappa)} {_interval(found.kappa_interval)}".rstrip(),
        f"kappa, linear       {_value(found.weighted_kappa)}",
        *_held_out(found),
        f"judge less hand     {_value(found.bias)} {_interval(found.bias_interval)}".rstrip(),
        *(
            []
            if found.disagreement is None
            else [f"the two judges      {_value(found.disagreement)} apart"]
        ),
        f"longer is better    {_value(found.length_bias)} (rank correlation)",
        f"its own words       {_value(found.self_preference)} above others'",
    ]


def _held_out(found: Calibration) -> list[str]:
    if found.held_out_kappa is None:
        return []
    interval = _interval(found.held_out_interval)
    return [f"kappa, held out     {_value(found.held_out_kappa)} {interval}".rstrip()]


def _value(value: float | None) -> str:
    return "unknown" if value is None else number(value) if value >= 0 else signed(value)


def _interval(interval: Interval | None) -> str:
    return f"[{signed(interval.low)}, {signed(interval.high)}]" if interval else ""
