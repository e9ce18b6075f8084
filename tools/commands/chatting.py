"""`chat`: open an engine and talk with it."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from functools import partial
from typing import NoReturn

from pipelines.errors import ConfigError
from tools.chat import COMMANDS, Chat
from tools.chat_input import open_lines
from tools.command_line import Invocation
from tools.commands.questions import RANKING
from tools.engine import OpenEngine, open_engine
from tools.engine_thread import Broke, EngineThread, Stage
from tools.output import Output
from tools.process import DONE, FAILED, INTERRUPTED
from tools.stage_display import StageDisplay

AGENT = "agent"
CLOSING_SECONDS = 10.0
INTERRUPTED_SECONDS = 1.0


def with_agent(run: Invocation) -> Invocation:
    """The same with an agent for a query engine: that of configs/agent.yaml, unless there is one.

    Raises:
        ConfigError: Wrong config.
    """
    from pipelines.config import load_config
    from pipelines.config_files import SHIPPED_CONFIGS

    # Without what was set on the command line, which may be meant for the agent.
    if load_config(run.config).query_engine.kind == AGENT:
        return run
    shipped = load_config(SHIPPED_CONFIGS / "agent.yaml").query_engine
    engine = f"query_engine={shipped.model_dump_json()}"
    return replace(run, overrides=(engine, *run.overrides))


def chat(run: Invocation, collection: str | None, open_: OpenEngine = open_engine) -> int:
    """Talk until the lines end.

    Returns:
        The exit code; 1 if lines came from a pipe and one of the answers failed.

    Raises:
        ConfigError: Wrong config.
        YomitokiError: The engine can't be opened.
    """
    loaded = run.load(collection)
    if loaded.settings.query_engine.kind == RANKING:
        raise ConfigError(
            f"chat: query_engine.kind is {RANKING!r}, which ranks options: use ask, or another "
            "engine"
        )
    prompted = run.output.interactive and sys.stdin.isatty() and os.environ.get("TERM") != "dumb"
    lines = open_lines(run.home / "chat_history", tuple(COMMANDS), prompted=prompted)
    engine = EngineThread(lambda on_stage: open_(loaded.settings, run.home, on_stage))
    talk = Chat(
        engine,
        lines,
        run.output,
        loaded.yaml(),
        prompted=prompted,
        debug=run.debug,
        abandon=partial(_end_now, INTERRUPTED),
    )
    try:
        _open(engine, run.output)
        if prompted:
            run.output.note(f"collection {loaded.settings.collection}; /help lists the commands")
        talk.run()
    except KeyboardInterrupt:
        if not engine.close(INTERRUPTED_SECONDS):
            run.output.note("yomitoki: stopped")
            _end_now(INTERRUPTED)
        raise
    finally:
        closed = engine.close(CLOSING_SECONDS)
    code = FAILED if talk.failures and not prompted else DONE
    if not closed:
        _end_now(code)
    return code


def _open(engine: EngineThread, output: Output) -> None:
    with StageDisplay(output, "opening") as display:
        for event in engine.open():
            if isinstance(event, Stage):
                display.show(event.name)
            elif isinstance(event, Broke):
                raise event.error


def _end_now(code: int) -> NoReturn:
    """End at once: native code can't be interrupted, and storage survives a kill."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
