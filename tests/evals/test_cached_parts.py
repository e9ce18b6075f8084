from __future__ import annotations

import time
from pathlib import Path

import pytest
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from evals.cached_parts import CachedStages
from evals.stage_cache import StageCache
from pipelines.answer import Usage
from pipelines.document import span
from pipelines.llms.model_work import ModelWork
from pipelines.postprocessors.cutoff import CutoffSettings
from pipelines.postprocessors.llm_rerank import JudgedNode, LLMRerankSettings
from pipelines.retrievers.dense import DenseRetrieverSettings
from pipelines.retrievers.fusion import FusedNode, FusionRetrieverSettings
from pipelines.retrievers.hyde import HydeRetrieverSettings


def nodes() -> list[NodeWithScore]:
    first = TextNode(id_="n1", text="川会議", start_char_idx=3, end_char_idx=6)
    first.metadata.update(source="a.md", t_start=1.5)
    second = TextNode(id_="n2", text="公民館", start_char_idx=9, end_char_idx=12)
    return [
        FusedNode(node=first, score=0.5, ranks=(1, None)),
        JudgedNode(node=second, score=-1.25, probability=0.75),
    ]


class Counting(BaseRetriever):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        self.asked.append(query_bundle.query_str)
        return nodes()


class Reversing(BaseNodePostprocessor):
    calls: int = 0

    def _postprocess_nodes(
        self,
        nodes: list[NodeWithScore],
        query_bundle: QueryBundle | None = None,  # noqa: ARG002
    ) -> list[NodeWithScore]:
        self.calls += 1
        return nodes[::-1]


@pytest.fixture
def cache(tmp_path: Path) -> StageCache:
    return StageCache(tmp_path / "r.sqlite")


def test_a_kept_result_is_the_result(cache: StageCache) -> None:
    built = Counting()
    fresh = (
        CachedStages(cache, "s", "m", "w").retriever(DenseRetrieverSettings(), built).retrieve("川")
    )
    kept = (
        CachedStages(cache, "s", "m", "w").retriever(DenseRetrieverSettings(), built).retrieve("川")
    )
    assert built.asked == ["川"]
    assert [type(hit) for hit in kept] == [FusedNode, JudgedNode]
    assert [hit.model_dump() for hit in kept] == [hit.model_dump() for hit in fresh]
    assert span(kept[0].node) == (3, 6)


@pytest.mark.parametrize(
    ("state", "settings", "query"),
    [
        ("other", DenseRetrieverSettings(), "川"),
        ("s", DenseRetrieverSettings(top_k=3), "川"),
        ("s", DenseRetrieverSettings(), "山"),
    ],
)
def test_another_collection_setting_or_question_is_asked_anew(
    cache: StageCache, state: str, settings: DenseRetrieverSettings, query: str
) -> None:
    built = Counting()
    CachedStages(cache, "s", "m", "w").retriever(DenseRetrieverSettings(), built).retrieve("川")
    CachedStages(cache, state, "m", "w").retriever(settings, built).retrieve(query)
    assert len(built.asked) == 2


def test_a_model_matters_to_the_parts_that_ask_it(cache: StageCache) -> None:
    question = QueryBundle("川")
    for settings, calls in ((CutoffSettings(), 1), (LLMRerankSettings(), 2)):
        built = Reversing()
        for deciding in ("small", "large"):
            stages = CachedStages(cache, "s", deciding, "w")
            stages.postprocessor(settings, built).postprocess_nodes(nodes(), question)
        assert built.calls == calls


def test_how_a_model_writes_matters_to_the_parts_that_let_it_write(cache: StageCache) -> None:
    dense = DenseRetrieverSettings()
    for settings, calls in ((dense, 1), (HydeRetrieverSettings(inner=dense), 2)):
        built = Counting()
        for writing in ("greedy", "sampled"):
            CachedStages(cache, "s", "m", writing).retriever(settings, built).retrieve("川")
        assert len(built.asked) == calls
    reversing = Reversing()
    for writing in ("greedy", "sampled"):
        stages = CachedStages(cache, "s", "m", writing)
        stages.postprocessor(LLMRerankSettings(), reversing).postprocess_nodes(nodes())
    assert reversing.calls == 1


def test_kept_results_cost_what_they_took(cache: StageCache) -> None:
    """The first makes, 2 seconds and 100 tokens of the model's; the second is charged as much."""
    clock = iter([ModelWork(5.0, Usage(700, 20)), ModelWork(7.0, Usage(800, 23))])
    stages = CachedStages(cache, "s", "m", "w", work=lambda: next(clock))
    question = QueryBundle("川")
    stages.postprocessor(LLMRerankSettings(), Reversing()).postprocess_nodes(nodes(), question)
    assert stages.saved_work == ModelWork()
    stages.postprocessor(LLMRerankSettings(), Reversing()).postprocess_nodes(nodes(), question)
    assert stages.saved_work == ModelWork(2.0, Usage(100, 3))
    assert list(stages.saved) == ["llm_rerank"]
    stages.begin()
    assert (stages.saved, stages.saved_work) == ({}, ModelWork())


def test_a_part_costs_what_its_kept_parts_took(cache: StageCache) -> None:
    """The child took .05 seconds, 2 of the model's; the first fusion around it has it from there,
    and the second arm with that fusion is charged those, too.
    """

    class Slow(Counting):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            time.sleep(0.05)
            return super()._retrieve(query_bundle)

    child, fusion = DenseRetrieverSettings(), FusionRetrieverSettings()
    clock = iter([ModelWork(), ModelWork(2.0, Usage(100, 3))])
    CachedStages(cache, "s", "m", "w", work=lambda: next(clock)).retriever(child, Slow()).retrieve(
        "川"
    )

    idle = CachedStages(cache, "s", "m", "w")
    around = idle.retriever(fusion, idle.retriever(child, Counting()))
    around.retrieve("川")
    idle.begin()
    around.retrieve("川")
    assert idle.saved["retrieving"] >= 0.05
    assert idle.saved_work == ModelWork(2.0, Usage(100, 3))


def test_a_model_is_left_alike_by_a_made_and_by_a_kept_stage(cache: StageCache) -> None:
    """What it has read when a stage begins and when it has ended; an earlier stage read 川."""
    read = ["川"]
    seen: list[list[str]] = []

    class Reading(Reversing):
        def _postprocess_nodes(
            self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
        ) -> list[NodeWithScore]:
            seen.append(list(read))
            read.append("山")
            return super()._postprocess_nodes(nodes, query_bundle)

    stages = CachedStages(cache, "s", "m", "w", forget=read.clear)
    part = stages.postprocessor(LLMRerankSettings(), Reading())
    for made in (True, False):
        read[:] = ["川"]
        part.postprocess_nodes(nodes())
        assert read == []
        assert len(seen) == 1, made
    assert seen == [[]]


def test_a_postprocessor_is_asked_anew_for_other_nodes(cache: StageCache) -> None:
    built = Reversing()
    part = CachedStages(cache, "s", "m", "w").postprocessor(CutoffSettings(), built)
    assert [hit.node.node_id for hit in part.postprocess_nodes(nodes())] == ["n2", "n1"]
    assert [hit.node.node_id for hit in part.postprocess_nodes(nodes())] == ["n2", "n1"]
    assert built.calls == 1
    part.postprocess_nodes(nodes()[:1])
    assert built.calls == 2


def test_the_seconds_that_were_saved_are_told(cache: StageCache) -> None:
    stages = CachedStages(cache, "s", "m", "w")
    part = stages.retriever(DenseRetrieverSettings(), Counting())
    part.retrieve("川")
    assert stages.saved == {}
    part.retrieve("川")
    assert stages.saved["retrieving"] > 0


def test_another_recording_of_the_web_is_another_result(cache: StageCache, tmp_path: Path) -> None:
    path = tmp_path / "web.jsonl"
    settings = FusionRetrieverSettings.model_validate(
        {"children": [{"kind": "web", "cassette": {"path": str(path)}}]}
    )
    built = Counting()
    for content in ("", "", "another"):
        path.write_text(content)
        CachedStages(cache, "s", "m", "w").retriever(settings, built).retrieve("川")
    assert built.asked == ["川", "川"]
