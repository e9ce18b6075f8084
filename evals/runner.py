"""Runs the arms of a suite, one kept result a question; a killed run goes on where it was."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from evals.answer_record import AnswerRecord, answer_record
from evals.arms import Arm, one_model_at_a_time
from evals.cached_parts import CachedStages
from evals.controls import OracleWrapper, ShuffledWrapper, gold_nodes, partners
from evals.dataset import Dataset
from evals.model_pool import ModelPool, model_state
from evals.outcome import Outcome
from evals.preparing import Gold
from evals.sample import Sample
from evals.stage_cache import StageCache, stage_key
from pipelines.answer import Answer
from pipelines.component import fingerprint
from pipelines.errors import YomitokiError
from pipelines.part_wrapper import PartWrapper
from pipelines.rag import RagPipeline

NOT_RUN = "not run yet"
# (arm, questions done, questions in all, whether the last one was there already)
OnQuestion = Callable[[str, int, int, bool], None]


@dataclass(frozen=True)
class Run:
    """A dataset with its arms, ready to be run; `states` are those of the arms' collections."""

    dataset: Dataset
    arms: Sequence[Arm]
    gold: Gold
    states: Mapping[str, str]
    answers: bool
    seed: int
    home: Path


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
        model_state(arm.settings),
        run.states[arm.name],
        control,
    )


def kept_outcomes(run: Run, cache: StageCache) -> dict[str, list[Outcome]]:
    """The outcomes that are kept; a question without one failed as "not run yet"."""
    return {
        arm.name: [
            _outcome(run, sample, cache.get(answer_key(run, arm, sample)), NOT_RUN)
            for sample in run.dataset.samples
        ]
        for arm in run.arms
    }


def run_arms(
    run: Run,
    cache: StageCache,
    records: Path,
    on_question: OnQuestion,
    pool: ModelPool | None = None,
    raising: tuple[type[YomitokiError], ...] = (),
) -> dict[str, list[Outcome]]:
    """The outcome of every question for each arm, in the order of the dataset.

    What is kept already is not computed again; a question that failed is asked anew. Each result
    is on disk, and a line of `records`, before the next question is asked.

    Args:
        run: The arms and their dataset.
        cache: Where results are kept.
        records: The log of questions that are asked.
        on_question: Told of every question.
        pool: Where models stay for the next call; one of its own when None.
        raising: Errors of a question that end the run, in place of being its outcome.

    Raises:
        YomitokiError: An arm's pipeline can't be opened or its model not be loaded, or `raising`.
    """
    outcomes: dict[str, list[Outcome]] = {}
    pool = pool or ModelPool()
    for arm in one_model_at_a_time(run.arms):
        outcomes[arm.name] = list(_run_arm(run, arm, cache, records, on_question, pool, raising))
    return {arm.name: outcomes[arm.name] for arm in run.arms}


def _run_arm(
    run: Run,
    arm: Arm,
    cache: StageCache,
    records: Path,
    on_question: OnQuestion,
    pool: ModelPool,
    raising: tuple[type[YomitokiError], ...],
) -> Iterator[Outcome]:
    pipeline: RagPipeline | None = None
    stages = CachedStages(
        cache,
        fingerprint([run.states[arm.name], arm.settings.where.model_dump(mode="json")]),
        model_state(arm.settings),
    )
    samples = run.dataset.samples
    try:
        for done, sample in enumerate(samples, start=1):
            key = answer_key(run, arm, sample)
            kept = cache.get(key)
            error = ""
            if kept is None:
                if pipeline is None:
                    pool.keep_only(arm.settings)
                    wrapper = _wrapper(run, arm, stages)
                    pipeline = RagPipeline.open(
                        arm.settings, run.home, wrapper=wrapper, build_llm=pool.build
                    )
                kept, error = _asked(run, arm, pipeline, sample, stages, raising)
                if kept is not None:
                    cache.put(key, "answer", kept)
                _append(records, run.dataset.name, arm.name, sample.id, key, error)
            yield _outcome(run, sample, kept, error)
            on_question(arm.name, done, len(samples), not error and pipeline is None)
    finally:
        if pipeline is not None:
            pipeline.close()


def _outcome(run: Run, sample: Sample, kept: dict[str, Any] | None, error: str) -> Outcome:
    quotes = run.gold.quotes.get(sample.id, [])
    if kept is None:
        return Outcome(sample, quotes, None, error)
    return Outcome(sample, quotes, AnswerRecord.from_json(kept["answer"]), "", kept["rss"])


def _asked(
    run: Run,
    arm: Arm,
    pipeline: RagPipeline,
    sample: Sample,
    stages: CachedStages,
    raising: tuple[type[YomitokiError], ...],
) -> tuple[dict[str, Any] | None, str]:
    """What is kept of a question, or None and why it failed."""
    stages.saved.clear()
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
    record = answer_record(replace(answer, seconds=seconds))
    return {"answer": record.as_json(), "rss": psutil.Process().memory_info().rss}, ""


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
