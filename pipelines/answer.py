"""The one record that a question produces, for every surface and for the harness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from llama_index.core.schema import NodeWithScore

OnStage = Callable[[str], None]
OnToken = Callable[[str], None]
Outcome = Literal["answered", "refused", "failed", "stopped"]


@dataclass(frozen=True)
class Usage:
    """Tokens of one or several calls: those of the prompts, and those that the model wrote."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )

    def __sub__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt_tokens - other.prompt_tokens,
            self.completion_tokens - other.completion_tokens,
        )


@dataclass(frozen=True)
class Citation:
    """A passage that the answer rests on; `n` is its number in the answer, from 1."""

    n: int
    source: str
    start_char: int
    end_char: int
    label: str
    text: str


@dataclass(frozen=True)
class RankedOption:
    """An option of a multiple-choice question: its place in the question, from 0, and in 0..1 how
    probable it is that it is the right one."""

    option: int
    text: str
    probability: float


@dataclass(frozen=True)
class ToolStep:
    """A tool that an agent used.

    `probabilities` are those of the tools that it could have chosen then, by name; `argument` is
    what the tool was given, and `result` the text that came back, or why none did. `seconds` are
    wall time, without the choice.
    """

    tool: str
    probabilities: dict[str, float]
    argument: str
    outcome: Outcome
    result: str
    seconds: float


@dataclass(frozen=True)
class Answer:
    """What came of one question.

    `asked` is what retrieval searched with: more than the question where that is a follow-up.
    `retrieved` holds the retriever's nodes and `stages` the nodes after each postprocessor, by
    its kind, all best first; `context` holds those that the model read, in the order of their
    numbers, best last, and `prompt` the last prompt. `sufficiency` is the probability that they
    hold the answer, None where that was not asked. `steps` tells what the engine did and decided
    on the way, a line each, where it had a choice; `routes` the probability of each route by its
    name, `trace` the tools that an agent used, and `ranking` the options of a multiple-choice
    question, best first.
    `notes` say what a person should know beside: which search failed, and why.
    `usage` counts the last prompt and the answer, `total_usage` the prompts of all decisions and
    texts on the way. `seconds` maps a stage's name to its wall time; `model_seconds` is the part of
    it that the language model's forward passes took. `RagPipeline` sets it and `total_usage`.
    """

    question: str
    text: str
    refused: bool
    retrieved: list[NodeWithScore] = field(default_factory=list)
    stages: list[tuple[str, list[NodeWithScore]]] = field(default_factory=list)
    context: list[NodeWithScore] = field(default_factory=list)
    prompt: str = ""
    citations: list[Citation] = field(default_factory=list)
    usage: Usage = Usage()
    total_usage: Usage = Usage()
    seconds: dict[str, float] = field(default_factory=dict)
    model_seconds: float = 0.0
    asked: str = ""
    sufficiency: float | None = None
    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    routes: dict[str, float] = field(default_factory=dict)
    trace: list[ToolStep] = field(default_factory=list)
    ranking: list[RankedOption] = field(default_factory=list)
