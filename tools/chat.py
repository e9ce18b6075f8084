"""The chat: a question a line, follow-ups understood from what was said, a few commands."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import NoReturn

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.answer import Answer
from pipelines.errors import ConfigError
from pipelines.nearest import did_you_mean
from pipelines.scope import NodeFilter, read_filter
from tools.answer_text import PASSAGE_WIDTH, answer_lines, source_lines, usage_line
from tools.chat_input import Lines
from tools.console import quoted
from tools.engine_thread import Answered, Broke, EngineThread, Event, Piece, Stage
from tools.interrupts import Interrupts
from tools.output import Output
from tools.records import ask_record
from tools.stage_display import StageDisplay

REMEMBERED_TURNS = 6
COMMANDS = {
    "/sources": "the passages that the last answer rests on",
    "/where": "KEY=VALUE …: only these passages (speaker=, source=, recording=, time=); alone: all",
    "/config": "all settings in force",
    "/reset": "forget what was said",
    "/help": "this list",
    "/quit": "end (so does Ctrl-D)",
}


class Chat:
    """Reads lines until there are no more, and answers them.

    Args:
        engine: An opened engine thread.
        lines: Where the questions come from.
        output: Where answers go; with `json`, an object a line.
        config: The settings in force, as YAML.
        prompted: A person types at a prompt, where Ctrl-C clears the line.
        debug: Show the traceback of a failed answer.
        abandon: Ends the process when a person insists while the model is at work.
    """

    def __init__(
        self,
        engine: EngineThread,
        lines: Lines,
        output: Output,
        config: str,
        *,
        prompted: bool,
        debug: bool,
        abandon: Callable[[], NoReturn],
    ) -> None:
        self._engine = engine
        self._lines = lines
        self._output = output
        self._config = config
        self._prompted = prompted
        self._debug = debug
        self._abandon = abandon
        self._history: deque[ChatMessage] = deque(maxlen=2 * REMEMBERED_TURNS)
        self._where: NodeFilter | None = None
        self._last: Answer | None = None
        self.failures = 0

    def run(self) -> None:
        """Go on until the lines end or /quit.

        Raises:
            KeyboardInterrupt: Ctrl-C while plain lines are read. At a prompt it clears the line.
        """
        while (line := self._next()) is not None:
            line = line.strip()
            if line == "/quit":
                return
            if line.startswith("/"):
                self._command(line)
            elif line:
                self._ask(line)

    def _next(self) -> str | None:
        interrupted = False
        while True:
            try:
                return self._lines.read()
            except KeyboardInterrupt:
                if not self._prompted:
                    raise
                if interrupted:
                    self._output.note("/quit or Ctrl-D ends the chat")
                interrupted = True

    def _command(self, line: str) -> None:
        match line:
            case "/sources":
                text = list(source_lines(self._last)) if self._last else []
                self._say(line, "\n".join(text) or "no answer with sources yet")
            case "/config":
                self._say(line, self._config.rstrip("\n"))
            case _ if line.split()[0] == "/where":
                self._say(line, self._narrow(line.split()[1:]))
            case "/reset":
                self._history.clear()
                self._last = None
                self._say(line, "forgotten")
            case "/help":
                self._say(line, "\n".join(f"{name:9} {what}" for name, what in COMMANDS.items()))
            case _:
                word = line.split()[0]
                hint = did_you_mean(word, COMMANDS)
                self._say(line, f"{word}: unknown command.{hint} Known: {', '.join(COMMANDS)}")

    def _narrow(self, conditions: list[str]) -> str:
        """Take a filter for the questions that follow; what to say of it."""
        try:
            where = read_filter(conditions)
        except ConfigError as error:
            return str(error)
        self._where = where
        return f"only passages of {where}" if where else "all passages"

    def _say(self, command: str, text: str) -> None:
        if self._output.json:
            self._output.record({"command": command, "text": text})
        else:
            self._output.line(text)

    def _ask(self, question: str) -> None:
        with Interrupts() as interrupts, StageDisplay(self._output, "thinking") as display:
            streamed: list[str] = []
            last: Event | None = None
            for event in self._watched(question, interrupts, display):
                last = event
                if isinstance(event, Stage):
                    display.show(event.name)
                elif isinstance(event, Piece) and not self._output.json and not interrupts.count:
                    display.stop()
                    streamed.append(event.text)
                    self._output.piece(event.text)
            display.stop()
            self._finish(question, last, "".join(streamed), stopped=interrupts.count > 0)

    def _watched(
        self, question: str, interrupts: Interrupts, display: StageDisplay
    ) -> Iterator[Event]:
        """The events of an answer; Ctrl-C cancels it, and from the third time on the program."""
        heard = 0
        for event in self._engine.ask(question, list(self._history), self._where):
            while heard < interrupts.count:
                heard += 1
                if heard == 1:
                    self._engine.cancel()
                    display.show("stopping")
                elif heard == 2:
                    self._output.note("still stopping: Ctrl-C once more ends the program")
                else:
                    display.stop()
                    self._abandon()
            if event is not None:
                yield event

    def _finish(self, question: str, last: Event | None, streamed: str, *, stopped: bool) -> None:
        if stopped:
            self._report(question, streamed, "stopped", trace="")
        elif isinstance(last, Broke):
            self.failures += 1
            self._report(question, streamed, last.reason, last.trace)
        elif isinstance(last, Answered):
            self._last = last.answer
            self._history.append(ChatMessage(role=MessageRole.USER, content=question))
            self._history.append(ChatMessage(role=MessageRole.ASSISTANT, content=last.answer.text))
            if self._output.json:
                self._output.record(ask_record(last.answer))
                return
            for line in answer_lines(last.answer, streamed):
                self._output.line(line)
            if last.answer.asked not in ("", question):
                self._output.note(f"searched with: {quoted(last.answer.asked, PASSAGE_WIDTH)}")
            if self._output.interactive:
                self._output.note(usage_line(last.answer))
            self._output.line()

    def _report(self, question: str, streamed: str, reason: str, trace: str) -> None:
        if streamed:
            self._output.line()
        if trace and self._debug:
            self._output.note(trace)
        if self._output.json:
            self._output.record({"question": question, "error": reason})
        else:
            self._output.note(f"({reason})" if not trace else f"yomitoki: {reason}")
