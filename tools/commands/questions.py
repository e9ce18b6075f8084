"""`search` and `ask`: one question, or a file of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from pipelines.answer import Answer, OnStage
from pipelines.errors import YomitokiError
from tools.answer_text import answer_lines, node_lines, usage_line
from tools.batch import Question
from tools.command_line import Invocation
from tools.console import inert_line
from tools.engine import Engine, OpenEngine, open_engine
from tools.records import ask_record, search_record
from tools.stage_display import StageDisplay

Respond = Callable[[Engine, str, OnStage], Answer]
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

    def respond(engine: Engine, text: str, on_stage: OnStage) -> Answer:
        return engine.search(text, top_k=top_k, on_stage=on_stage)

    if not isinstance(given, str):
        return _batch(run, given, collection, respond, search_record, open_)
    with (
        StageDisplay(run.output, "opening") as display,
        _opened(run, collection, open_, display.show) as engine,
    ):
        answer = respond(engine, given, display.show)
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
    open_: OpenEngine = open_engine,
) -> int:
    """Answer a question or each question of a file; returns and raises as `search` does."""

    def respond(engine: Engine, text: str, on_stage: OnStage) -> Answer:
        return engine.ask(text, on_stage=on_stage)

    if not isinstance(given, str):
        return _batch(run, given, collection, respond, ask_record, open_)
    written: list[str] = []
    with (
        StageDisplay(run.output, "opening") as display,
        _opened(run, collection, open_, display.show) as engine,
    ):

        def on_token(piece: str) -> None:
            display.stop()
            written.append(piece)
            run.output.piece(piece)

        streaming = on_token if run.output.interactive else None
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


def _opened(
    run: Invocation, collection: str | None, open_: OpenEngine, on_stage: OnStage
) -> AbstractContextManager[Engine]:
    return open_(run.load(collection).settings, run.home, on_stage)


def _batch(
    run: Invocation,
    asked: list[Question],
    collection: str | None,
    respond: Respond,
    record: Record,
    open_: OpenEngine,
) -> int:
    failed = 0
    with run.output.progress() as bar:
        task = bar.add_task("opening", total=len(asked))

        def on_stage(stage: str) -> None:
            bar.update(task, description=inert_line(stage))

        with _opened(run, collection, open_, on_stage) as engine:
            for item in asked:
                failed += not _one(run, lambda text: respond(engine, text, on_stage), item, record)
                bar.advance(task)
    if failed:
        run.output.note(f"{failed} of {len(asked)} questions failed")
    return 1 if failed else 0


def _one(run: Invocation, respond: Callable[[str], Answer], item: Question, record: Record) -> bool:
    """Write the line of one question; a failure is a line too, so that the rest goes on."""
    try:
        run.output.record(record(respond(item.question), item.id))
        return True
    except YomitokiError as error:
        run.output.record({"id": item.id, "question": item.question, "error": str(error)})
        return False
