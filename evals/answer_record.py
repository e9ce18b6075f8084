"""An `Answer` as JSON that keeps everything a score or a report may ask for, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from llama_index.core.schema import MetadataMode, NodeWithScore

from pipelines.answer import Answer
from pipelines.document import SECTIONS_KEY, span

# The stage of the retriever.
RETRIEVING = "retrieving"


@dataclass(frozen=True)
class NodeRecord:
    """A node as it was shown: its place in the source, and its text."""

    source: str
    start_char: int
    end_char: int
    text: str
    score: float | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def span(self) -> tuple[str, int, int]:
        """(source, start, end) in characters, the end exclusive."""
        return self.source, self.start_char, self.end_char


@dataclass(frozen=True)
class AnswerRecord:
    """What came of one question, as plain data; see `pipelines.answer.Answer`.

    `stages` holds (name, nodes) from the retriever on, all best first, so the last of them is what
    was left; none where nothing was searched. `ranking` holds places of options, best first.
    Tokens are those of all prompts that the answer took, each whole, and of all that was written.
    """

    text: str
    refused: bool
    stages: list[tuple[str, list[NodeRecord]]]
    context: list[NodeRecord]
    citations: list[NodeRecord]
    prompt: str
    prompt_tokens: int
    completion_tokens: int
    seconds: dict[str, float]
    model_seconds: float
    sufficiency: float | None = None
    ranking: list[int] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def retrieved(self) -> list[NodeRecord]:
        """The retriever's nodes."""
        return self.stages[0][1] if self.stages else []

    @property
    def remaining(self) -> list[NodeRecord]:
        """What the last postprocessor left."""
        return self.stages[-1][1] if self.stages else []

    def as_json(self) -> dict[str, Any]:
        """Plain data; each node is written once, however many stages it passed."""
        nodes: list[dict[str, Any]] = []
        places: dict[str, int] = {}

        def places_of(records: Sequence[NodeRecord]) -> list[list[Any]]:
            return [[_place(record, nodes, places), record.score] for record in records]

        value = asdict(self)
        value["stages"] = [[name, places_of(found)] for name, found in self.stages]
        value["context"] = places_of(self.context)
        value["citations"] = places_of(self.citations)
        return {**value, "nodes": nodes}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> AnswerRecord:
        """The record that `as_json` wrote."""
        nodes = [NodeRecord(**node) for node in value["nodes"]]

        def records(places: list[list[Any]]) -> list[NodeRecord]:
            return [NodeRecord(**{**vars(nodes[place]), "score": score}) for place, score in places]

        fields = {key: v for key, v in value.items() if key != "nodes"}
        fields["stages"] = [(name, records(found)) for name, found in value["stages"]]
        fields["context"] = records(value["context"])
        fields["citations"] = records(value["citations"])
        return cls(**fields)


def answer_record(answer: Answer) -> AnswerRecord:
    """The record of an answer."""
    searched = bool(answer.retrieved) or RETRIEVING in answer.seconds
    stages = [(RETRIEVING, answer.retrieved), *answer.stages] if searched else []
    return AnswerRecord(
        text=answer.text,
        refused=answer.refused,
        stages=[(name, [_node(hit) for hit in hits]) for name, hits in stages],
        context=[_node(hit) for hit in answer.context],
        citations=[
            NodeRecord(c.source, c.start_char, c.end_char, c.text, None, {"label": c.label})
            for c in answer.citations
        ],
        prompt=answer.prompt,
        prompt_tokens=answer.total_usage.prompt_tokens,
        completion_tokens=answer.total_usage.completion_tokens,
        seconds=dict(answer.seconds),
        model_seconds=answer.model_seconds,
        sufficiency=answer.sufficiency,
        ranking=[option.option for option in answer.ranking],
        steps=list(answer.steps),
        notes=list(answer.notes),
    )


def _node(hit: NodeWithScore) -> NodeRecord:
    start_char, end_char = span(hit.node)
    metadata = {k: v for k, v in hit.node.metadata.items() if k not in (SECTIONS_KEY, "source")}
    return NodeRecord(
        source=str(hit.node.metadata.get("source", "")),
        start_char=start_char,
        end_char=end_char,
        text=hit.node.get_content(MetadataMode.NONE),
        score=hit.score,
        metadata=metadata,
    )


def _place(record: NodeRecord, nodes: list[dict[str, Any]], places: dict[str, int]) -> int:
    plain = {**asdict(record), "score": None}
    key = repr(plain)
    if key not in places:
        places[key] = len(nodes)
        nodes.append(plain)
    return places[key]
