"""Retrievers, a postprocessor and language models that do what a test says."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from pipelines.llms.protocol import Likelihood, StreamEvent
from tests.pipelines.scripted_llm import ScriptedLLM


def node(text: str, **metadata: object) -> NodeWithScore:
    return NodeWithScore(
        node=TextNode(
            id_=text[:8],
            text=text,
            start_char_idx=10,
            end_char_idx=10 + len(text),
            metadata={"source": "lecture.md", **metadata},
        ),
        score=1.0,
    )


class Finds(BaseRetriever):
    """Finds the same nodes for every question, or those of the question in a dictionary."""

    def __init__(self, nodes: list[NodeWithScore] | dict[str, list[NodeWithScore]]) -> None:
        super().__init__()
        self._nodes = nodes
        self.asked: list[str] = []

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        self.asked.append(query_bundle.query_str)
        if isinstance(self._nodes, dict):
            return self._nodes.get(query_bundle.query_str, [])
        return self._nodes


class KeepsFirst(BaseNodePostprocessor):
    @classmethod
    def class_name(cls) -> str:
        return "KeepsFirst"

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],
        query_bundle: QueryBundle | None = None,  # noqa: ARG002
    ) -> list[NodeWithScore]:
        return nodes[:1]


class Drops(BaseNodePostprocessor):
    """Leaves nothing; remembers what it judged for."""

    asked: list[str] = Field(default_factory=list)

    @classmethod
    def class_name(cls) -> str:
        return "Drops"

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],  # noqa: ARG002
        query_bundle: QueryBundle | None = None,
    ) -> list[NodeWithScore]:
        self.asked.append(query_bundle.query_str if query_bundle else "")
        return []


@dataclass
class WritingLLM(ScriptedLLM):
    """Writes one text after the other, then `answer`."""

    writes: list[str] = field(default_factory=list)

    def stream_events(
        self, messages: Sequence[ChatMessage], **options: object
    ) -> Iterator[StreamEvent]:
        text = self.writes.pop(0) if self.writes else self.answer
        writer = ScriptedLLM(answer=text, prompts=self.prompts, options=self.options)
        return writer.stream_events(messages, **options)


@dataclass
class ChoosingLLM(ScriptedLLM):
    """`weigh` gives each listed choice (its letter, its line of the prompt) a weight; `likely` each
    text its log-probability after a prompt, a token a character."""

    weigh: Callable[[str, str], float] = lambda _letter, _line: 1.0
    likely: Callable[[str, str], float] = lambda _prompt, _text: -1.0

    def score_choices(
        self, conversations: Sequence[Sequence[ChatMessage]], choices: Sequence[str]
    ) -> list[list[float]]:
        rows = []
        for messages in conversations:
            prompt = self.render(messages)
            self.judged.append(prompt)
            lines = dict(re.findall(r"^(?:user: )?([A-Z])\. (.*)$", prompt, re.MULTILINE))
            weights = [self.weigh(choice, lines[choice]) for choice in choices]
            rows.append([math.log(weight / sum(weights)) for weight in weights])
        return rows

    def log_likelihoods(
        self, messages: Sequence[ChatMessage], texts: Sequence[str]
    ) -> list[Likelihood]:
        prompt = self.render(messages)
        self.judged.append(prompt)
        return [Likelihood(self.likely(prompt, text), len(text)) for text in texts]
