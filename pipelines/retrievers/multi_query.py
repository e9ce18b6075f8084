"""The question in several wordings, each searched, and their rankings as one."""

from __future__ import annotations

import logging
import math
import re
import unicodedata
from typing import TYPE_CHECKING, ClassVar, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import BaseNode, NodeWithScore, QueryBundle
from pydantic import Field

from pipelines.component import ComponentSettings
from pipelines.errors import ConfigError
from pipelines.llms.protocol import ChoiceLLM
from pipelines.parts import Parts
from pipelines.prompts import REWORDED, REWORDED_EXAMPLES
from pipelines.retrievers.fusion import FusionRetrieverSettings, reciprocal_rank_fusion
from pipelines.retrievers.written_queries import Language, NodeByQueries, written

if TYPE_CHECKING:
    from pipelines.retrievers.settings import RetrieverSettings

log = logging.getLogger(__name__)

# A longer line is no question but an answer, or a list that ran together.
LONGEST_WORDING = 200
_ITEM = re.compile(
    r"[*_]*(?:[-*•・]|[(（]?\d{1,2}\s*[.)．、:：）](?!\d)|[①-⑳])[*_]*\s*(?P<text>.*\S)\s*"
)
_LABEL = re.compile(r"^(?:言い換え|質問|question|wording|q)\s*\d*\s*[:：]\s*", re.IGNORECASE)
_QUOTES = (("「", "」"), ("『", "』"), ('"', '"'), ("“", "”"))


class MultiQueryRetrieverSettings(ComponentSettings):
    """Reciprocal-rank fusion of `inner` asked with the question and with `n` other wordings.

    The language model writes the wordings in `language`, at most `max_new_tokens` tokens in all.
    The question itself counts `question_weight` times as much as each of them. If the model
    writes no list, the question alone is searched, and the log says so.
    """

    needs_llm: ClassVar[bool] = True

    kind: Literal["multi_query"] = "multi_query"
    top_k: int = Field(default=20, ge=1)
    inner: RetrieverSettings = Field(default_factory=FusionRetrieverSettings)
    n: int = Field(default=3, ge=1, le=5)
    language: Language = "ja"
    max_new_tokens: int = Field(default=160, ge=1)
    question_weight: float = Field(default=1.0, gt=0)
    rrf_k: int = Field(default=60, ge=1)

    def build(self, parts: Parts) -> BaseRetriever:
        """The retriever.

        Raises:
            ConfigError: There is no language model, or what `inner` needs is not configured.
        """
        if parts.llm is None:
            raise ConfigError("retriever.multi_query: needs a language model: set llm")
        return MultiQueryRetriever(self, parts.llm, self.inner.build(parts))


class MultiQueryRetriever(BaseRetriever):
    """See MultiQueryRetrieverSettings.

    Best first; scores as in `reciprocal_rank_fusion`; equal ones: the node that the earlier query
    ranks better, then by node id. Each node's `queries` are the question and its wordings, and
    `ranks` its rank for each.
    """

    def __init__(
        self, settings: MultiQueryRetrieverSettings, llm: ChoiceLLM, inner: BaseRetriever
    ) -> None:
        super().__init__()
        self._settings = settings
        self._llm = llm
        self._inner = inner

    def wordings(self, question: str) -> list[str]:
        """At most `n` other wordings of a question, as the model writes them; may be none.

        Raises:
            YomitokiError: Generation failed.
        """
        settings = self._settings
        asked, answers = REWORDED_EXAMPLES[settings.language]
        shown = "\n".join(f"{i}. {text}" for i, text in enumerate(answers[: settings.n], 1))
        text = written(
            self._llm,
            REWORDED[settings.language],
            question,
            max_new_tokens=settings.max_new_tokens,
            stop=(f"\n{settings.n + 1}.",),
            example=(asked, shown),
            count=settings.n,
        )
        found = read_list(text)
        if not found:
            log.warning("multi_query: the model wrote no list; the question alone is searched")
        different = {_folded(question): question}
        for wording in found:
            different.setdefault(_folded(wording), wording)
        return list(different.values())[1 : settings.n + 1]

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        others = self.wordings(query_bundle.query_str)
        for number, wording in enumerate(others, 1):
            log.info("multi_query: wording %d: %s", number, wording)
        nodes: dict[str, BaseNode] = {}
        rankings: list[dict[str, int]] = []
        for query in (query_bundle, *map(QueryBundle, others)):
            found = self._inner.retrieve(query)
            rankings.append({hit.node.node_id: rank for rank, hit in enumerate(found, 1)})
            nodes.update({hit.node.node_id: hit.node for hit in found})
        weights = [self._settings.question_weight, *(1.0 for _ in others)]
        scores = reciprocal_rank_fusion(rankings, weights, self._settings.rrf_k)
        ranks = {id_: tuple(ranking.get(id_) for ranking in rankings) for id_ in nodes}
        order = sorted(
            nodes,
            key=lambda id_: (-scores[id_], *(rank or math.inf for rank in ranks[id_]), id_),
        )
        queries = (query_bundle.query_str, *others)
        return [
            NodeByQueries(node=nodes[id_], score=scores[id_], queries=queries, ranks=ranks[id_])
            for id_ in order[: self._settings.top_k]
        ]


def read_list(text: str) -> list[str]:
    """The items of a list as a model writes one, in order.

    Items are lines with a number or a dash before them; if there are none, lines that end with a
    question mark. Quotation marks around an item and a label before it (質問1:) are left out, and
    so are items of more than 200 characters.
    """
    lines = [line.strip() for line in text.splitlines()]
    marked = [match["text"] for line in lines if (match := _ITEM.fullmatch(line))]
    items = marked or [line for line in lines if line.endswith(("?", "？"))]
    bare = [_unquoted(_LABEL.sub("", item, count=1)) for item in items]
    return [item for item in bare if item and len(item) <= LONGEST_WORDING]


def _unquoted(item: str) -> str:
    """An item without the marks that stand around the whole of it."""
    item = item.strip("*_ ")
    for opening, closing in _QUOTES:
        inside = item[1:-1]
        if item[:1] == opening and item[-1:] == closing and opening not in inside:
            return inside.strip()
    return item


def _folded(text: str) -> str:
    """A text as it is compared: its letters and digits."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())
