"""`search` and `ask`: one question, or a file of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pipelines.answer import Answer, OnStage
from pipelines.config import PipelineSettings
from pipelines.errors import ConfigError, YomitokiError
from tools.answer_text import answer_lines, node_lines, usage_line
from tools.batch import Question
from tools.command_line import Invocation
from tools.console import inert_line
from tools.engine import Engine, OpenEngine, open_engine
from tools.records import ask_record, search_record
from tools.stage_display import StageDisplay

Respond = Callable[[Engine, Question, OnStage], Answer]
# The kind of query engine that needs options.
RANKING = "multiple_choice"
Record = Callable[[Answer, str | int | None], dict[str, Any]]


def search(
    run: Invocation,
    given: str | list[Question],
    top_k: int | None,
    collection: str | None,
    open_: OpenEngine = open_engine,
) -> int:
    """Find passages for a question or for each question of a file.

    Returns:
        The exit code: 1 if any question of a file failed.

    Raises:
        ConfigError: Wrong config.
        YomitokiError: The one question failed.
    """

    def respond(engine: Engine, item: Question, on_stage: OnStage) -> Answer:
        return engine.search(item.question, top_k=top_k, on_stage=on_stage)

    settings = run.load(collection).settings
    if not isinstance(given, str):
        return _batch(run, given, settings, respond, search_record, open_)
    with (
        StageDisplay(run.output, "opening") as display,
        open_(settings, run.home, display.show) as engine,
    ):
        answer = engine.search(given, top_k=top_k, on_stage=display.show)
        display.stop()
        if run.output.json:
            run.output.record(search_record(answer))
        else:
            for line in node_lines(answer):
                run.output.line(line)
    return 0


def ask(
    run: Invocation,
    given: str | list[Question],
    collection: str | None,
    options: Sequence[str] = (),
    open_: OpenEngine = open_engine,
) -> int:
    """Answer a question or each question of a file; returns and raises as `search` does.

    Where the query engine ranks options, each question must have some, and nowhere else; `options`
    are those of the one question.
    """

    def respond(engine: Engine, item: Question, on_stage: OnStage) -> Answer:
        if item.options:
            return engine.choose(item.question, item.options, on_stage=on_stage)
        return engine.ask(item.question, on_stage=on_stage)

    settings = run.load(collection).settings
    _check_options(settings.query_engine.kind, given, options)
    if not isinstance(given, str):
        return _batch(run, given, settings, respond, ask_record, open_)
    written: list[str] = []
    with (
        StageDisplay(run.output, "opening") as display,
        open_(settings, run.home, display.show) as engine,
    ):

        def on_token(piece: str) -> None:
            display.stop()
            written.append(piece)
            run.output.piece(piece)

        streaming = on_token if run.output.interactive else None
        if options:
            answer = engine.choose(given, options, on_stage=display.show)
        else:
            answer = engine.ask(given, on_stage=display.show, on_token=streaming)
        display.stop()
        if run.output.json:
            run.output.record(ask_record(answer))
            return 0
        for line in answer_lines(answer, "".join(written)):
            run.output.line(line)
        if run.output.interactive:
            run.output.note(usage_line(answer))
    return 0


def _check_options(kind: str, given: str | list[Question], options: Sequence[str]) -> None:
    """Raises ConfigError: the query engine ranks options and there are none, or the reverse."""
    takes = f"query_engine.kind is {kind!r}"
    if isinstance(given, str):
        if kind == RANKING and not options:
            raise ConfigError(f"QUESTION: {takes}: give its options, each with --option TEXT")
        if kind != RANKING and options:
            raise ConfigError(f"--option: {takes}, which takes none: set it to {RANKING}")
        return
    for item in given:
        if kind == RANKING and not item.options:
            raise ConfigError(
                f'--questions: id {item.id!r} has no "options": {takes}: write a list of them'
            )
        if kind != RANKING and item.options:
            raise ConfigError(
                f'--questions: id {item.id!r} has "options": {takes}, which takes none: set it to '
                f"{RANKING}"
            )


def _batch(
    run: Invocation,
    asked: list[Question],
    settings: PipelineSettings,
    respond: Respond,
    record: Record,
    open_: OpenEngine,
) -> int:
    failed = 0
    with run.output.progress() as bar:
        task = bar.add_task("opening", total=len(asked))

        def on_stage(stage: str) -> None:
            bar.update(task, description=inert_line(stage))

        with open_(settings, run.home, on_stage) as engine:
            for item in asked:
                failed += not _one(run, lambda item: respond(engine, item, on_stage), item, record)
                bar.advance(task)
    if failed:
        run.output.note(f"{failed} of {len(asked)} questions failed")
    return 1 if failed else 0


def _one(
    run: Invocation, respond: Callable[[Question], Answer], item: Question, record: Record
) -> bool:
    """Write the line of one question; a failure is a line too, so that the rest goes on."""
    try:
        run.output.record(record(respond(item), item.id))
        return True
    except YomitokiError as error:
        run.output.record({"id": item.id, "question": item.question, "error": str(error)})
        return False
