"""Puts each found sentence's window in its place."""

from __future__ import annotations

from typing import ClassVar, Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.document import WINDOW_KEY, span
from pipelines.parts import Parts
from pipelines.postprocessors.joined_spans import overlap, source_of, union, with_span


class SentenceWindowSettings(ComponentSettings):
    """Replaces nodes of the `sentence_window` parser by their windows.

    Windows of one document that overlap become one node. Nodes without a window stay.
    """

    needs_parser: ClassVar[str] = "sentence_window"

    kind: Literal["sentence_window"] = "sentence_window"

    def build(self, parts: Parts) -> BaseNodePostprocessor:  # noqa: ARG002
        """The postprocessor; it needs no parts."""
        return SentenceWindowPostprocessor()


class SentenceWindowPostprocessor(BaseNodePostprocessor):
    """See SentenceWindowSettings. A merged node has the rank, score and id of its best one."""

    @classmethod
    def class_name(cls) -> str:
        return "SentenceWindowPostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        merged = [(rank, hit.node) for rank, hit in enumerate(nodes) if not _has_window(hit.node)]
        windows = [
            (rank, _window(hit.node)) for rank, hit in enumerate(nodes) if _has_window(hit.node)
        ]
        windows.sort(key=lambda ranked: (source_of(ranked[1]), span(ranked[1]), ranked[0]))
        reached: tuple[int, BaseNode] | None = None
        for rank, node in windows:
            if reached and overlap(reached[1], node):
                best = node if rank < reached[0] else reached[1]
                reached = (min(rank, reached[0]), union(reached[1], node, best))
                merged[-1] = reached
            else:
                reached = (rank, node)
                merged.append(reached)
        merged.sort(key=lambda ranked: ranked[0])
        return [NodeWithScore(node=node, score=nodes[rank].score) for rank, node in merged]


def _has_window(node: BaseNode) -> bool:
    return {WINDOW_KEY, f"{WINDOW_KEY}_start_char", f"{WINDOW_KEY}_end_char"} <= set(node.metadata)


def _window(node: BaseNode) -> BaseNode:
    prefix = f"{WINDOW_KEY}_"
    own = {k: v for k, v in node.metadata.items() if k != WINDOW_KEY and not k.startswith(prefix)}
    window = {k.removeprefix(prefix): v for k, v in node.metadata.items() if k.startswith(prefix)}
    start, end = window.pop("start_char"), window.pop("end_char")
    return with_span(node, node.metadata[WINDOW_KEY], start, end, {**own, **window})
