"""What a run would do, before anything is loaded: stages, what is kept, minutes and memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from evals.arms import Arm
from evals.evaluation import check_suite
from evals.model_state import model_bytes
from evals.preparing import NOT_BUILT, kept_states
from evals.runner import Run, answer_key, repeated
from evals.stage_cache import StageCache
from evals.suite import SuiteSettings
from pipelines.component import fingerprint
from pipelines.postprocessors.llm_rerank import LLMRerankSettings

# Two cores, 4-bit weights (docs/answering.md); what earlier runs took here is preferred.
READ_PER_SECOND = 110.0
WRITTEN_PER_SECOND = 15.0
SEARCH_SECONDS = 0.3
# The embedded e5 on two cores, and Japanese nodes (docs/retrieval.md).
CHARACTERS_PER_SECOND = 2400.0
NODE_TOKENS = 190
PROMPT_TOKENS = 150


@dataclass(frozen=True)
class ArmPlan:
    """An arm on a dataset: its questions, each as often as it is asked, how many of these are kept,
    and what the others would take.

    `model_calls` is an upper bound on prompts for a language model. `measured` says that the
    seconds are those of this arm's kept answers, not an estimate.
    """

    dataset: str
    arm: str
    questions: int
    kept: int
    model_calls: int
    seconds: float
    measured: bool


@dataclass(frozen=True)
class Plan:
    """All arms; `stages` says of each kind of stage how many distinct ones the arms have in all,
    `embedding` the characters that must be embedded, `memory` bytes at most, estimated."""

    arms: Sequence[ArmPlan]
    stages: dict[str, tuple[int, int]]
    collections: Sequence[str]
    embedding: int
    memory: int

    @property
    def seconds(self) -> float:
        """Of all arms, and of embedding what is not embedded yet."""
        return sum(arm.seconds for arm in self.arms) + self.embedding / CHARACTERS_PER_SECOND


def plan_suite(path: Path, overrides: Sequence[str], home: Path, cache: StageCache) -> Plan:
    """The plan of a suite; documents are read, but no model is loaded and nothing embedded.

    Raises:
        ConfigError, YomitokiError: What a run would refuse; see `check_suite`.
    """
    suite, datasets, checked = check_suite(path, overrides, home, cache)
    names = [dataset.name for dataset in datasets]
    plans: list[ArmPlan] = []
    arms: list[Arm] = []
    missing: dict[str, int] = {}
    for one in checked:
        states = kept_states(one.arms, one.dataset, home, cache, suite.answers)
        characters = sum(map(len, one.gold.texts.values()))
        missing |= {
            arm.settings.collection: characters for arm in one.arms if states[arm.name] == NOT_BUILT
        }
        run = Run(
            one.dataset, one.arms, one.gold, states, suite.answers, suite.seed, home, suite.repeats
        )
        plans += [_arm_plan(run, arm, cache) for arm in one.arms]
        arms += one.arms
    order = {arm.name: place for place, arm in enumerate(suite.arms)}
    return Plan(
        # As in the suite, whatever version an arm searches; of several datasets, one after another.
        arms=sorted(plans, key=lambda one: (names.index(one.dataset), order[one.arm])),
        stages=_stages(arms, suite),
        collections=list(missing),
        embedding=sum(missing.values()),
        memory=max(_memory(arm, suite) for arm in arms),
    )


def _arm_plan(run: Run, arm: Arm, cache: StageCache) -> ArmPlan:
    kept = [
        value
        for one in repeated(arm, run)
        for sample in run.dataset.samples
        if (value := cache.get(answer_key(run, one, sample))) is not None
    ]
    asked = len(run.dataset.samples) * run.repeats
    left = asked - len(kept)
    calls, estimate = _cost(run, arm)
    if kept:
        estimate = fmean(sum(value["answer"]["seconds"].values()) for value in kept)
    return ArmPlan(
        dataset=run.dataset.name,
        arm=arm.name,
        questions=asked,
        kept=len(kept),
        model_calls=calls * left,
        seconds=estimate * left,
        measured=bool(kept),
    )


def _cost(run: Run, arm: Arm) -> tuple[int, float]:
    """Prompts for a language model and seconds of one question, by the arm's settings."""
    calls, seconds = 0, SEARCH_SECONDS
    for part in arm.settings.postprocessors:
        if isinstance(part, LLMRerankSettings):
            calls += part.candidates
            tokens = min(part.max_tokens, part.candidates * NODE_TOKENS)
            seconds += (tokens + part.candidates * 40) / READ_PER_SECOND
    if not run.answers:
        return calls, seconds
    engine = arm.settings.query_engine
    closed = getattr(engine, "query", "") == "closed_book"
    context = 0 if closed else getattr(engine, "context_tokens", 0)
    written = getattr(engine, "max_new_tokens", 0) / 2
    members = len(getattr(engine, "members", ())) or 1
    orders = getattr(getattr(engine, "scorer", None), "permutations", 1)
    # Passages stand first and are read once for all orders of the options.
    read = context + orders * PROMPT_TOKENS
    seconds += members * (read / READ_PER_SECOND + written / WRITTEN_PER_SECOND)
    return calls + members * orders, seconds


def _stages(arms: Sequence[Arm], suite: SuiteSettings) -> dict[str, tuple[int, int]]:
    """(distinct, in all) of what the arms do; what is alike is computed once."""
    searched = [arm for arm in arms if arm.reads_documents or not suite.answers]
    collections = [arm.settings.collection for arm in searched]
    retrieved = [
        fingerprint([arm.settings.collection, arm.settings.retriever.fingerprint(), arm.control])
        for arm in searched
    ]
    reranked = [
        fingerprint([found, [p.fingerprint() for p in arm.settings.postprocessors]])
        for found, arm in zip(retrieved, searched, strict=True)
        if arm.settings.postprocessors
    ]
    answered = [
        fingerprint([arm.settings.fingerprint(), arm.control]) for arm in arms if suite.answers
    ]
    models = [arm.settings.llm.fingerprint() for arm in arms if _asks(arm, suite)]
    return {
        name: (len(set(keys)), len(keys))
        for name, keys in (
            ("collections", collections),
            ("retrieval", retrieved),
            ("postprocessing", reranked),
            ("answers", answered),
            ("language models", models),
        )
    }


def _asks(arm: Arm, suite: SuiteSettings) -> bool:
    settings = arm.settings
    searching = (settings.retriever, *settings.postprocessors)
    return suite.answers or any(part.asks_llm() for part in searching)


def _memory(arm: Arm, suite: SuiteSettings) -> int:
    """Bytes at most: the process with its libraries, and the arm's models."""
    base = 700 * 2**20
    settings = arm.settings
    models = [settings.llm, *([settings.judge] if settings.judge else [])]
    return base + (sum(model_bytes(llm) for llm in models) if _asks(arm, suite) else 0)
