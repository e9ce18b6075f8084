"""What a follow-up question refers to: the question before it and its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.schema import NodeWithScore, QueryBundle

from pipelines.prompts import inert
from pipelines.query_engines.refusing import is_refusal

# What a follow-up refers to stands in the question or at the beginning of its answer.
TURN_CHARS = 300


@dataclass(frozen=True)
class FollowUp:
    """A question together with the last turn before it; `answer` is "" when that was refused."""

    question: str
    before: str
    answer: str

    @classmethod
    def of(cls, question: str, history: Sequence[ChatMessage]) -> FollowUp | None:
        """The follow-up to the last question of a conversation; None when none was asked yet."""
        asked = [i for i, m in enumerate(history) if m.role == MessageRole.USER and m.content]
        if not asked:
            return None
        before, answers = history[asked[-1]], history[asked[-1] + 1 :]
        answer = next((m.content for m in answers if m.role == MessageRole.ASSISTANT), "") or ""
        # An answer's first line is its own words, the quoted sentences follow.
        own = "" if is_refusal(answer) else answer.strip().partition("\n")[0]
        return cls(question, inert(before.content or "")[:TURN_CHARS], inert(own)[:TURN_CHARS])

    @property
    def query(self) -> str:
        """What retrieval searches with: the last turn and the question."""
        return " ".join(part for part in (self.before, self.answer, self.question) if part)


class FollowUpRetriever(BaseRetriever):
    """Finds nodes for a follow-up: with the last turn, and without it, by turns.

    The first list finds what 「それはいくら？」 means, the second one what a question means that
    begins a new subject. The nodes' scores are reciprocal ranks: 1, 1/2, 1/3 …
    """

    def __init__(self, retriever: BaseRetriever, follow_up: FollowUp) -> None:
        """Wrap the retriever that finds nodes for either wording."""
        super().__init__()
        self._retriever = retriever
        self._follow_up = follow_up

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        together = self._retriever.retrieve(query_bundle)
        alone = self._retriever.retrieve(QueryBundle(self._follow_up.question))
        nodes = {
            hit.node.node_id: hit.node
            for hit in chain.from_iterable(zip_longest(together, alone))
            if hit is not None
        }
        return [
            NodeWithScore(node=node, score=1 / rank)
            for rank, node in enumerate(nodes.values(), start=1)
        ]
