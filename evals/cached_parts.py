"""Retrievers and postprocessors whose results are kept, and shared by all arms that have them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.bridge.pydantic import PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from evals.stage_cache import StageCache, outside_states, stage_key
from pipelines.answer import Usage
from pipelines.component import ComponentSettings, fingerprint
from pipelines.llms.model_work import ModelWork
from pipelines.part_wrapper import PartWrapper
from pipelines.postprocessors.llm_rerank import JudgedNode
from pipelines.retrievers.fusion import FusedNode
from pipelines.retrievers.written_queries import NodeByQueries

_CLASSES: dict[str, type[NodeWithScore]] = {
    kind.class_name(): kind for kind in (NodeWithScore, JudgedNode, FusedNode, NodeByQueries)
}


class CachedStages(PartWrapper):
    """Keeps what the parts of one pipeline return, under all that decides it.

    An arm that profits from another's work is charged for it all the same: `saved` adds up the
    seconds that kept results took when they were made, by stage, and `saved_work` what the language
    models did for them, both since `begin`.
    """

    def __init__(
        self,
        cache: StageCache,
        state: str,
        deciding: str,
        writing: str,
        work: Callable[[], ModelWork] = ModelWork,
        forget: Callable[[], None] = lambda: None,
    ) -> None:
        """
        Args:
            cache: Where results are kept.
            state: What the collection holds and was built with.
            deciding: What decides the language models' decisions.
            writing: What decides the texts that they write.
            work: What the language models did so far.
            forget: Has the language models read their next prompt whole: where reading began
                changes the last digits of their numbers, so a stage that was kept would otherwise
                leave the model to other answers than one that was made.
        """
        self._work = work
        self._forget = forget
        self._cache = cache
        self._state = state
        self._deciding = deciding
        self._writing = writing
        self.begin()

    def begin(self) -> None:
        """Begin with a question: nothing is saved yet."""
        self.saved: dict[str, float] = {}
        self.saved_work = ModelWork()

    def retriever(self, settings: ComponentSettings, built: BaseRetriever) -> BaseRetriever:
        """The retriever with its results kept."""
        return _Retriever(self, settings, built)

    def postprocessor(
        self, settings: ComponentSettings, built: BaseNodePostprocessor
    ) -> BaseNodePostprocessor:
        """The postprocessor with its results kept."""
        return _Postprocessor(self, settings, built)

    def key(self, stage: str, settings: ComponentSettings, query: str, *inputs: Any) -> str:
        """Of one call of a part; the models count for parts that ask one."""
        models = ""
        if settings.asks_llm():
            writes = any(part.needs_llm and not part.judges for part in settings.parts())
            models = self._writing if writes else self._deciding
        return stage_key(
            stage,
            settings.model_dump(mode="json"),
            outside_states(settings),
            self._state,
            models,
            query,
            *inputs,
        )

    def result(
        self, key: str, stage: str, make: Callable[[], list[NodeWithScore]]
    ) -> list[NodeWithScore]:
        """The kept result, or else a new one; the model remembers nothing before and after."""
        self._forget()
        if (kept := self._kept(key, stage)) is not None:
            return kept
        hits = self._made(key, stage, make)
        self._forget()
        return hits

    def _kept(self, key: str, stage: str) -> list[NodeWithScore] | None:
        """A kept result, its seconds added to `saved`."""
        found = self._cache.get(key)
        if found is None:
            return None
        self.saved[stage] = self.saved.get(stage, 0.0) + found["seconds"]
        usage = Usage(found["prompt_tokens"], found["completion_tokens"])
        self.saved_work += ModelWork(found["model_seconds"], usage)
        return [_hit(value) for value in found["hits"]]

    def _made(
        self, key: str, stage: str, make: Callable[[], list[NodeWithScore]]
    ) -> list[NodeWithScore]:
        """Make a result and keep it with what it took, kept results of its own parts included."""
        saved, saved_work = sum(self.saved.values()), self.saved_work
        before, started = self._work(), time.perf_counter()
        hits = make()
        seconds = time.perf_counter() - started + sum(self.saved.values()) - saved
        work = self._work() - before + self.saved_work - saved_work
        value = {
            "seconds": seconds,
            "model_seconds": work.seconds,
            **asdict(work.usage),
            "hits": [_plain(hit) for hit in hits],
        }
        self._cache.put(key, stage, value)
        return hits


class _Retriever(BaseRetriever):
    def __init__(
        self, stages: CachedStages, settings: ComponentSettings, built: BaseRetriever
    ) -> None:
        super().__init__()
        self._stages = stages
        self._settings = settings
        self._built = built

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        key = self._stages.key("retrieving", self._settings, query_bundle.query_str)
        return self._stages.result(key, "retrieving", lambda: self._built.retrieve(query_bundle))


class _Postprocessor(BaseNodePostprocessor):
    _stages: CachedStages = PrivateAttr()
    _settings: ComponentSettings = PrivateAttr()
    _built: BaseNodePostprocessor = PrivateAttr()

    def __init__(
        self, stages: CachedStages, settings: ComponentSettings, built: BaseNodePostprocessor
    ) -> None:
        super().__init__()
        self._stages = stages
        self._settings = settings
        self._built = built

    @classmethod
    def class_name(cls) -> str:
        return "CachedPostprocessor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        kind = str(getattr(self._settings, "kind", ""))
        query = query_bundle.query_str if query_bundle else ""
        given = fingerprint([_plain(hit) for hit in nodes])
        key = self._stages.key(kind, self._settings, query, given)
        return self._stages.result(
            key, kind, lambda: self._built.postprocess_nodes(nodes, query_bundle)
        )


def _plain(hit: NodeWithScore) -> dict[str, Any]:
    return {**hit.to_dict(), "node": hit.node.to_dict()}


def _hit(value: dict[str, Any]) -> NodeWithScore:
    fields = {key: v for key, v in value.items() if key != "class_name"}
    fields["node"] = TextNode.from_dict(value["node"])
    return _CLASSES[value["class_name"]](**fields)
