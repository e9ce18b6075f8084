"""From the arms of a suite to pipelines that can be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evals.dataset import Dataset
from evals.suite import ArmSettings, Control, SuiteSettings
from pipelines.component import fingerprint
from pipelines.config import PipelineSettings, load_config
from pipelines.config_files import shown
from pipelines.errors import ConfigError
from pipelines.indexing import collection_identity
from pipelines.query_engines.closed_book_settings import ClosedBookSettings
from pipelines.query_engines.multiple_choice_settings import MultipleChoiceSettings
from pipelines.query_engines.retrieve_and_answer_settings import RetrieveAndAnswerSettings
from pipelines.query_engines.settings import QueryEngineSettings


@dataclass(frozen=True)
class Arm:
    """An arm on a dataset: the settings of its pipeline, whose collection is the harness's own."""

    name: str
    settings: PipelineSettings
    control: Control | None

    @property
    def reads_documents(self) -> bool:
        """Whether there must be a collection."""
        return self.settings.query_engine.reads_documents

    @property
    def ranks_options(self) -> bool:
        """Whether it chooses among options."""
        return isinstance(self.settings.query_engine, MultipleChoiceSettings)


def resolve_arms(
    suite: SuiteSettings, folder: Path, dataset: Dataset, home: Path, version: str = ""
) -> list[Arm]:
    """The arms of a suite on one version of a dataset, in their order.

    Args:
        suite: The suite.
        folder: What its relative paths start from.
        dataset: Its documents decide, with an arm's parser and embedding, about the collection:
            arms that need the same one share it.
        home: Where models are, which decide about identities.
        version: The name of that version; empty for the dataset as it is.

    Raises:
        ConfigError: A config is wrong or does not suit the dataset; the arm is named.
    """
    return [
        _resolved(arm, suite, folder, dataset, home) for arm in suite.arms if arm.version == version
    ]


def _resolved(
    arm: ArmSettings, suite: SuiteSettings, folder: Path, dataset: Dataset, home: Path
) -> Arm:
    chosen = arm.config or suite.base
    try:
        settings = load_config(folder / chosen if chosen else None, arm.set)
    except ConfigError as error:
        lines = str(error).splitlines()
        raise ConfigError("\n".join(f"arm {arm.name!r}: {line}" for line in lines)) from error
    if arm.control == "closed_book":
        settings = settings.model_copy(update={"query_engine": _closed(settings.query_engine)})
    elif arm.control is not None:
        # Gold, or another question's nodes, are read as they are.
        engine = _searching_once(arm, settings.query_engine)
        settings = settings.model_copy(update={"postprocessors": (), "query_engine": engine})
    _check(arm, settings, suite, dataset)
    if settings.query_engine.reads_documents or not suite.answers:
        name = collection_name(dataset, settings, home)
        settings = settings.model_copy(update={"collection": name})
    return Arm(arm.name, settings, arm.control)


def _closed(engine: QueryEngineSettings) -> QueryEngineSettings:
    """The engine without documents: options are still ranked the same way."""
    if isinstance(engine, MultipleChoiceSettings):
        return engine.model_copy(update={"query": "closed_book", "members": ()})
    return ClosedBookSettings(kind="closed_book")


def _searching_once(arm: ArmSettings, engine: QueryEngineSettings) -> QueryEngineSettings:
    """The engine searching once, for the question itself, which is what a control can replace.

    Raises:
        ConfigError: It rewrites questions or searches in ways of its own.
    """
    if isinstance(engine, MultipleChoiceSettings):
        return engine.model_copy(update={"query": "question", "members": ()})
    if isinstance(engine, RetrieveAndAnswerSettings):
        return engine
    raise ConfigError(
        f"arm {arm.name!r}: control: {arm.control} needs an engine that searches once for the "
        f"question, not {engine.kind}: set query_engine.kind to retrieve_and_answer or "
        "multiple_choice"
    )


def _check(
    arm: ArmSettings, settings: PipelineSettings, suite: SuiteSettings, dataset: Dataset
) -> None:
    engine = settings.query_engine
    if any(part.outside_state() is None for part in settings.parts()):
        raise ConfigError(
            f"arm {arm.name!r}: it searches the web, which is another one tomorrow: give the web "
            "retriever a recorded cassette, mode: replay (docs/web.md)"
        )
    if not suite.answers and (not engine.reads_documents or arm.control):
        raise ConfigError(
            f"arm {arm.name!r}: it retrieves nothing of its own: leave it out, or set answers: true"
        )
    needs_documents = engine.reads_documents or not suite.answers
    if needs_documents and not dataset.documents:
        raise ConfigError(
            f"arm {arm.name!r}: dataset {dataset.name!r} names no documents to search: give it "
            "documents, or make the arm a closed_book control"
        )
    if not suite.answers:
        return
    if suite.repeats > 1 and engine.kind == "multiple_choice":
        raise ConfigError(
            f"arm {arm.name!r}: repeats: a ranking of options is always the same: set repeats: 1"
        )
    if suite.repeats > 1 and not settings.llm.generation.temperature:
        raise ConfigError(
            f"arm {arm.name!r}: repeats: all {suite.repeats} answers would be the same: set "
            "llm.generation.temperature over 0, or repeats: 1"
        )
    with_options = [sample for sample in dataset.samples if sample.options]
    if engine.kind == "multiple_choice" and len(with_options) < len(dataset.samples):
        raise ConfigError(
            f"arm {arm.name!r}: query_engine.kind is multiple_choice, and {dataset.name!r} has "
            f"{len(dataset.samples) - len(with_options)} questions without options: give the "
            "dataset options: true"
        )
    if engine.kind != "multiple_choice" and with_options:
        raise ConfigError(
            f"arm {arm.name!r}: query_engine.kind is {engine.kind}, and {dataset.name!r} has "
            "questions with options: set it to multiple_choice, or give the dataset options: false"
        )


def collection_name(dataset: Dataset, settings: PipelineSettings, home: Path) -> str:
    """The collection of a dataset's documents, cut and embedded as the settings say."""
    identity = collection_identity(settings, home)
    paths = [str(path.resolve()) for path in dataset.documents]
    built = fingerprint([paths, identity.embedding.fingerprint, identity.parser.fingerprint])
    return f"eval-{dataset.name[:40]}-{built[:10]}"


def with_seeds(arm: Arm, seeds: Sequence[int]) -> list[Arm]:
    """The arm with each seed for its language model."""
    llm = arm.settings.llm
    seeded = [
        llm.model_copy(update={"generation": llm.generation.model_copy(update={"seed": seed})})
        for seed in seeds
    ]
    return [replace(arm, settings=arm.settings.model_copy(update={"llm": one})) for one in seeded]


def suite_folder(path: Path) -> Path:
    """What the paths of a suite file start from.

    Raises:
        ConfigError: There is no such file.
    """
    if not path.is_file():
        raise ConfigError(f"{shown(path)}: no such suite file")
    return path.parent
