"""Runs the arms of a suite, one kept result a question; a killed run goes on where it was."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from evals.answer_record import AnswerRecord, answer_record
from evals.arms import Arm, with_seeds
from evals.cached_parts import CachedStages
from evals.controls import OracleWrapper, ShuffledWrapper, gold_nodes, partners
from evals.dataset import Dataset
from evals.model_state import model_state
from evals.outcome import Outcome
from evals.preparing import Gold
from evals.sample import Sample
from evals.stage_cache import StageCache, outside_states, stage_key
from pipelines.answer import Answer
from pipelines.component import fingerprint
from pipelines.errors import YomitokiError
from pipelines.llms.model_pool import ModelPool, loaded_key
from pipelines.part_wrapper import PartWrapper
from pipelines.rag import RagPipeline

NOT_RUN = "not run yet"
# (arm, questions done, questions in all, whether the last one was there already)
OnQuestion = Callable[[str, int, int, bool], None]
# What is kept of a question, or None and why it failed.
Kept = tuple[dict[str, Any] | None, str]


@dataclass(frozen=True)
class Run:
    """A dataset with its arms, ready to be run; `states` are those of the arms' collections.

    Each question is asked `repeats` times, with seeds that follow `seed`.
    """

    dataset: Dataset
    arms: Sequence[Arm]
    gold: Gold
    states: Mapping[str, str]
    answers: bool
    seed: int
    home: Path
    repeats: int = 1


def answer_key(run: Run, arm: Arm, sample: Sample) -> str:
    """The key of an arm's answer to a question: all that could change it."""
    settings = arm.settings.model_dump(mode="json", exclude={"collection", "reader"})
    control: list[Any] = [arm.control]
    if arm.control == "oracle":
        quotes = run.gold.quotes[sample.id]
        control += [[q.source, *q.places[0]] for q in quotes] + list(sample.context)
    elif arm.control == "shuffled":
        control += [run.seed, run.dataset.digest()]
    return stage_key(
        "answer" if run.answers else "search",
        sample.question,
        list(sample.options),
        settings,
        outside_states(arm.settings),
        model_state(arm.settings),
        run.states[arm.name],
        control,
    )


def kept_outcomes(run: Run, cache: StageCache) -> dict[str, list[Outcome]]:
    """The outcomes that are kept; a question without one failed as "not run yet"."""
    return {
        arm.name: [
            _outcome(
                run,
                sample,
                [(cache.get(answer_key(run, one, sample)), NOT_RUN) for one in repeated(arm, run)],
            )
            for sample in run.dataset.samples
        ]
        for arm in run.arms
    }


def repeated(arm: Arm, run: Run) -> list[Arm]:
    """The arm once for each time that it is asked, each with a seed of its own."""
    return with_seeds(arm, range(run.seed, run.seed + run.repeats)) if run.repeats > 1 else [arm]


def run_arms(
    runs: Sequence[Run],
    cache: StageCache,
    records: Path,
    on_question: OnQuestion,
    pool: ModelPool,
    raising: tuple[type[YomitokiError], ...] = (),
) -> dict[str, dict[str, list[Outcome]]]:
    """The outcome of every question for each arm of each dataset, in the order of the dataset.

    What is kept already is not computed again; a question that failed is asked anew. Each result
    is on disk, and a line of `records`, before the next question is asked. Arms follow each other
    so that each language model is loaded once.

    Args:
        runs: The arms and their datasets.
        cache: Where results are kept.
        records: The log of questions that are asked.
        on_question: Told of every question.
        pool: Where models stay for the next call.
        raising: Errors of a question that end the run, in place of being its outcome.

    Raises:
        YomitokiError: An arm's pipeline can't be opened or its model not be loaded, or `raising`.
    """
    outcomes: dict[str, dict[str, list[Outcome]]] = {run.dataset.name: {} for run in runs}
    by_model = one_model_at_a_time([(run, arm) for run in runs for arm in run.arms])
    for run, arm in by_model:
        asked = [
            list(
                _run_arm(
                    run, one, cache, records, partial(_told, on_question, run, at), pool, raising
                )
            )
            for at, one in enumerate(repeated(arm, run))
        ]
        outcomes[run.dataset.name][arm.name] = [
            _outcome(run, sample, kept)
            for sample, *kept in zip(run.dataset.samples, *asked, strict=True)
        ]
    return outcomes


def one_model_at_a_time(arms: Sequence[tuple[Run, Arm]]) -> list[tuple[Run, Arm]]:
    """The arms in an order in which each language model is loaded once; else in their own."""
    models = [loaded_key(arm.settings.llm) for _, arm in arms]
    order = sorted(range(len(arms)), key=lambda place: models.index(models[place]))
    return [arms[place] for place in order]


def _told(on_question: OnQuestion, run: Run, at: int, arm: str, done: int, was_there: bool) -> None:
    questions = len(run.dataset.samples)
    on_question(arm, at * questions + done, run.repeats * questions, was_there)


def _run_arm(
    run: Run,
    arm: Arm,
    cache: StageCache,
    records: Path,
    on_done: Callable[[str, int, bool], None],
    pool: ModelPool,
    raising: tuple[type[YomitokiError], ...],
) -> Iterator[Kept]:
    pipeline: RagPipeline | None = None
    stages = CachedStages(
        cache,
        fingerprint([run.states[arm.name], arm.settings.where.model_dump(mode="json")]),
        deciding=model_state(arm.settings, writing=False),
        writing=model_state(arm.settings),
        work=pool.work,
        forget=pool.forget,
    )
    try:
        for done, sample in enumerate(run.dataset.samples, start=1):
            key = answer_key(run, arm, sample)
            kept = cache.get(key)
            error = ""
            if kept is None:
                if pipeline is None:
                    pool.keep_only([arm.settings.llm, arm.settings.judge])
                    wrapper = _wrapper(run, arm, stages)
                    pipeline = RagPipeline.open(
                        arm.settings, run.home, wrapper=wrapper, build_llm=pool.build
                    )
                # An answer must not depend on which question was asked before it: a run that was
                # killed goes on without what the model had read.
                pool.forget()
                kept, error = _asked(run, arm, pipeline, sample, stages, raising)
                if kept is not None:
                    cache.put(key, "answer", kept)
                _append(records, run.dataset.name, arm.name, sample.id, key, error)
            yield kept, error
            on_done(arm.name, done, not error and pipeline is None)
    finally:
        if pipeline is not None:
            pipeline.close()


def _outcome(run: Run, sample: Sample, repeats: Sequence[Kept]) -> Outcome:
    quotes = run.gold.quotes.get(sample.id, [])
    answers = [AnswerRecord.from_json(kept["answer"]) for kept, _ in repeats if kept is not None]
    if len(answers) < len(repeats):
        return Outcome(sample, quotes, (), next(error for kept, error in repeats if kept is None))
    rss = max(kept["rss"] for kept, _ in repeats if kept is not None)
    known = [kept for kept, _ in repeats if kept is not None and "shared_seconds" in kept]
    shared = sum(kept["shared_seconds"] for kept in known) if len(known) == len(repeats) else None
    return Outcome(sample, quotes, answers, "", rss, shared)


def _asked(
    run: Run,
    arm: Arm,
    pipeline: RagPipeline,
    sample: Sample,
    stages: CachedStages,
    raising: tuple[type[YomitokiError], ...],
) -> Kept:
    stages.begin()
    try:
        answer = _answer(run, arm, pipeline, sample)
    except raising:
        raise
    except YomitokiError as error:
        return None, str(error)
    # What another arm's work saved is charged as if it had been done here.
    seconds = {
        stage: spent + stages.saved.get(stage, 0.0) for stage, spent in answer.seconds.items()
    }
    record = answer_record(
        replace(
            answer,
            seconds=seconds,
            model_seconds=answer.model_seconds + stages.saved_work.seconds,
            total_usage=answer.total_usage + stages.saved_work.usage,
        )
    )
    return {
        "answer": record.as_json(),
        "rss": psutil.Process().memory_info().rss,
        "shared_seconds": sum(stages.saved.values()),
    }, ""


def _answer(run: Run, arm: Arm, pipeline: RagPipeline, sample: Sample) -> Answer:
    if not run.answers:
        return pipeline.search(sample.question)
    if arm.ranks_options:
        return pipeline.choose(sample.question, sample.options)
    return pipeline.ask(sample.question)


def _wrapper(run: Run, arm: Arm, stages: CachedStages) -> PartWrapper:
    samples = run.dataset.samples
    if arm.control == "oracle":
        gold = run.gold
        return OracleWrapper(
            {s.question: gold_nodes(s, gold.quotes[s.id], gold.texts) for s in samples}
        )
    if arm.control == "shuffled":
        return ShuffledWrapper(partners([s.question for s in samples], run.seed))
    return stages


def _append(records: Path, dataset: str, arm: str, sample: str, key: str, error: str) -> None:
    line = {
        "dataset": dataset, "arm": arm, "id": sample, "key": key, "error": error,
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
    }  # fmt: skip
    with records.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
