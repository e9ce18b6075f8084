"""Leaves out nodes that say what better-ranked ones say already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, PrivateAttr
from typing_extensions import override

from pipelines.component import ComponentSettings
from pipelines.japanese.grams import grams
from pipelines.parts import Parts
from pipelines.postprocessors.heard_again import covered_share, heard_again, replaces, span_of
from pipelines.postprocessors.joined_spans import source_of, union

_SHINGLE = 3
# Two nodes about one subject share up to a fifth of their shingles; who shares more repeats.
_REPEATS = 0.2


class DeduplicateSettings(ComponentSettings):
    """Drops a node when better-ranked nodes hold enough of it. A bound of 1 switches a rule off.

    `max_overlap` bounds the share of its span that better-ranked nodes of the same document may
    cover. A node over it is dropped, or, with `overlapping: merge`, joined with those that it
    overlaps, at the better one's rank.

    The same bound holds for the share that better-ranked nodes are other readings of (`also_heard`,
    which ingesting marks where recordings overlap). If the node is thought the better reading and
    holds two thirds of a kept one, it takes that one's place and score instead.

    `max_similarity` bounds the share of its character trigrams (letters and digits, NFKC) that
    may stand in better-ranked nodes of other recordings and documents: a talk that was recorded
    twice, copies of a file. Recordings are cut at other places and misheard otherwise, so all nodes
    count together that hold at least a fifth of it. Inside one recording or document a node is
    dropped only if another one holds every trigram of it, because tables, code and slides that
    differ in one number are no repetitions; `within_document` applies the bound there, too.
    """

    kind: Literal["deduplicate"] = "deduplicate"
    max_overlap: float = Field(default=0.5, gt=0, le=1)
    overlapping: Literal["drop", "merge"] = "drop"
    max_similarity: float = Field(default=0.5, gt=0, le=1)
    within_document: bool = False

    def build(self, parts: Parts) -> BaseNodePostprocessor:  # noqa: ARG002
        """The postprocessor; it needs no parts."""
        return DeduplicatePostprocessor(self)


@dataclass(frozen=True, eq=False)
class _Kept:
    """A node that stays, with what later ones are compared with."""

    hit: NodeWithScore
    span: tuple[int, int] | None
    place: tuple[str, str]
    shingles: frozenset[str]

    @classmethod
    def of(cls, hit: NodeWithScore) -> _Kept:
        node, text = hit.node, hit.node.get_content()
        recording = node.metadata.get("recording_id", node.metadata.get("recording", ""))
        shingles = frozenset(grams(text, _SHINGLE)) or frozenset([text.strip()])
        return cls(hit, span_of(node), (source_of(node), str(recording)), shingles)


class DeduplicatePostprocessor(BaseNodePostprocessor):
    """See DeduplicateSettings. Keeps the order and the best node of each group."""

    _settings: DeduplicateSettings = PrivateAttr()

    def __init__(self, settings: DeduplicateSettings) -> None:
        super().__init__()
        self._settings = settings

    @classmethod
    def class_name(cls) -> str:
        return "DeduplicatePostprocessor"

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        kept: list[_Kept] = []
        for hit in nodes:
            new = _Kept.of(hit)
            touching = [one for one in kept if _shared(one, new)]
            if _covered(new, touching) > self._settings.max_overlap:
                if self._settings.overlapping == "merge":
                    kept = _merged(kept, touching, new)
            elif heard_again(new.hit.node, [one.hit.node for one in kept]) > (
                self._settings.max_overlap
            ):
                kept = _with_better(kept, new)
            elif not self._repeated(new, kept):
                kept.append(new)
        return [one.hit for one in kept]

    def _repeated(self, new: _Kept, kept: list[_Kept]) -> bool:
        if self._settings.max_similarity == 1:
            return False
        held: set[str] = set()
        for one in kept:
            common = new.shingles & one.shingles
            if one.place == new.place and not self._settings.within_document:
                if common == new.shingles:
                    return True
            elif len(common) >= _REPEATS * len(new.shingles):
                held |= common
        return len(held) / len(new.shingles) > self._settings.max_similarity


def _shared(one: _Kept, other: _Kept) -> bool:
    """Whether two nodes have characters of one document in common."""
    if one.span is None or other.span is None or one.place[0] != other.place[0]:
        return False
    return max(one.span[0], other.span[0]) < min(one.span[1], other.span[1])


def _covered(new: _Kept, others: list[_Kept]) -> float:
    """The share of a node's characters that lie in any of the others."""
    if new.span is None:
        return 0.0
    return covered_share(new.span, [one.span for one in others if one.span])


def _with_better(kept: list[_Kept], new: _Kept) -> list[_Kept]:
    """The kept nodes, a new one in the best place of those that it is the better reading of."""
    worse = [one for one in kept if replaces(new.hit.node, one.hit.node)]
    if not worse:
        return kept
    better = _Kept.of(NodeWithScore(node=new.hit.node, score=worse[0].hit.score))
    return [better if one is worse[0] else one for one in kept if one not in worse[1:]]


def _merged(kept: list[_Kept], touching: list[_Kept], new: _Kept) -> list[_Kept]:
    """The kept nodes, those that a new one touches being one with it, at the best one's place."""
    best = touching[0]
    before, *rest = sorted(
        (one.hit.node for one in (*touching, new)), key=lambda node: span_of(node) or (0, 0)
    )
    for after in rest:
        before = union(before, after, best.hit.node)
    joined = _Kept.of(NodeWithScore(node=before, score=best.hit.score))
    return [joined if one is best else one for one in kept if one is best or one not in touching]
