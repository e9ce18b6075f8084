"""One question on its way through an agent's tools: what was tried, and what may be tried next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from pipelines.answer import Answer, OnStage, OnToken, Outcome, ToolStep
from pipelines.errors import StoppedError, YomitokiError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.notes import note
from pipelines.query_engines.agent.choosing import tool_probabilities
from pipelines.query_engines.agent.prompts import OUT_OF_TIME, TIME_IS_UP
from pipelines.query_engines.agent.tool import AgentTool
from pipelines.query_engines.searching import Stopwatch
from pipelines.query_engines.stopping import stop_if


@dataclass(frozen=True)
class Limits:
    """See AgentSettings."""

    orders: int
    max_steps: int
    time_limit_seconds: float


@dataclass
class AgentRun:
    """The state of one question; `choose` and `call` are the steps of the agent's workflow.

    A tool is chosen by the question alone. Whether there is a next one depends on whether the last
    one answered, and on nothing that it said.
    """

    tools: Sequence[AgentTool]
    llm: ChoiceLLM
    limits: Limits
    question: str
    history: Sequence[ChatMessage]
    watch: Stopwatch
    on_stage: OnStage | None = None
    on_token: OnToken | None = None
    cancelled: Callable[[], bool] | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    trace: list[ToolStep] = field(default_factory=list)
    started: float = field(default_factory=lambda: monotonic())
    _answers: list[Answer] = field(default_factory=list)
    _errors: list[YomitokiError] = field(default_factory=list)
    _ran_out: bool = False

    def choose(self) -> str | None:
        """The name of the tool to use next; None when there is none, or no time."""
        if not self.probabilities:
            with self.watch.stage("choosing a tool"):
                self.probabilities = tool_probabilities(
                    self.llm, self.tools, self.question, self.history, self.limits.orders
                )
            stop_if(self.cancelled)
        left = self._left([step.tool for step in self.trace])
        if not left or self._out_of_time():
            return None
        return max(left, key=lambda name: left[name])

    def call(self, name: str) -> bool:
        """Use a tool; whether that ends the work, because it answered.

        Raises:
            StoppedError: The person stopped it.
        """
        tool = next(tool for tool in self.tools if tool.name == name)
        used = [step.tool for step in self.trace]
        possible = self._left(used)
        started = monotonic()
        answer, outcome, result = self._asked(tool, final=not self._left([*used, name]))
        self.trace.append(
            ToolStep(
                tool=name,
                probabilities=possible,
                argument=(answer.asked if answer else "") or self.question,
                outcome=outcome,
                result=result,
                seconds=monotonic() - started,
            )
        )
        if answer is not None:
            self._answers.append(answer)
        if answer is not None and not answer.refused and tool.note:
            note(tool.note)
        return outcome == "answered"

    def answer(self) -> Answer:
        """What came of the question: the last tool's answer, else the first one's refusal.

        Raises:
            YomitokiError: No tool came to an end, and this is why the first one did not.
        """
        if self._ran_out:
            note(TIME_IS_UP.format(seconds=self.limits.time_limit_seconds))
        elif self._errors and not self._answers:
            raise self._errors[0]
        answered = [answer for answer in self._answers if not answer.refused]
        best = (answered or self._answers or [self._nothing()])[0]
        seconds = dict(self.watch.seconds)
        for answer in self._answers:
            for stage, spent in answer.seconds.items():
                seconds[stage] = seconds.get(stage, 0.0) + spent
        return replace(
            best,
            question=self.question,
            routes=self.probabilities,
            trace=list(self.trace),
            steps=[*map(_line, self.trace), *best.steps],
            seconds=seconds,
        )

    def _left(self, used: Sequence[str]) -> dict[str, float]:
        """The tools that may be used after some, with their probabilities."""
        if not used:
            return dict(self.probabilities)
        if len(used) >= self.limits.max_steps:
            return {}
        return {
            tool.name: self.probabilities[tool.name]
            for tool in self.tools
            if tool.name not in used and self.probabilities[tool.name] >= tool.fallback_at_least
        }

    def _asked(self, tool: AgentTool, *, final: bool) -> tuple[Answer | None, Outcome, str]:
        """The tool's answer if it gave one, the outcome, and what it said."""
        history = list(self.history)
        if tool.own_words:
            history = [turn for turn in history if turn.role == MessageRole.USER]
        try:
            # Another tool may answer in the end, so what this one writes is not shown before.
            said = self.on_token if final else None
            if self.on_stage:
                self.on_stage(f"using {tool.name}")
            answer = tool.engine.ask(self.question, history, self.on_stage, said, self._stopped)
        except StoppedError as error:
            stop_if(self.cancelled)
            return None, "stopped", str(error)
        except YomitokiError as error:
            note(f"{tool.name}: {error}")
            self._errors.append(error)
            return None, "failed", str(error)
        if self._ran_out and not answer.refused:
            return answer, "stopped", answer.text  # What was written until then is no whole answer.
        return answer, "refused" if answer.refused else "answered", answer.text

    def _stopped(self) -> bool:
        return self._out_of_time() or bool(self.cancelled and self.cancelled())

    def _out_of_time(self) -> bool:
        """Whether the time is up; whoever asks has more to do, so that it ends the work."""
        if monotonic() - self.started >= self.limits.time_limit_seconds:
            self._ran_out = True
        return self._ran_out

    def _nothing(self) -> Answer:
        text = OUT_OF_TIME.format(seconds=self.limits.time_limit_seconds)
        return Answer(question=self.question, text=text, refused=True)


def _line(step: ToolStep) -> str:
    line = f"{step.tool} ({step.probabilities[step.tool]:.2f}): {step.outcome}"
    return line if step.outcome in ("answered", "refused") else f"{line}: {step.result}"
