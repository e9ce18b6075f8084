from __future__ import annotations

from llama_index.core.schema import NodeWithScore, QueryBundle
from typing_extensions import override

from pipelines.answer import Answer
from pipelines.parts import Parts
from pipelines.postprocessors.cutoff import CutoffSettings
from pipelines.query_engines.searching import remaining, search
from pipelines.retrievers.dense import DenseRetrieverSettings
from tests.pipelines.query_engines.engine_doubles import Finds, KeepsFirst, node
from tests.pipelines.retrievers.scripted_collection import ScriptedCollection, TwoSidedEmbedding


class Counting(TwoSidedEmbedding):
    """Keeps the questions that it embedded."""

    questions: list[str] = []  # noqa: RUF012 - a pydantic field: copied for each instance

    @override
    def _get_query_embedding(self, query: str) -> list[float]:
        self.questions.append(query)
        return super()._get_query_embedding(query)


class KeepsQuestions(KeepsFirst):
    asked: list[str] = []  # noqa: RUF012 - a pydantic field: copied for each instance

    @override
    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        assert query_bundle is not None
        self.asked.append(query_bundle.query_str)
        return super()._postprocess_nodes(nodes, query_bundle)


def dense_with_cutoff(embed_model: Counting, put_as: str = "") -> Answer:
    parts = Parts(ScriptedCollection(vectors=[("a", 0.9)]), embed_model)
    cutoff = CutoffSettings(min_similarity=0.5).build(parts)
    retriever = DenseRetrieverSettings().build(parts)
    return search("堰はいつ？", retriever, [("cutoff", cutoff)], put_as=put_as)


def test_what_every_stage_left_is_kept() -> None:
    found = search("質問", Finds([node("一"), node("二")]), [("first", KeepsFirst())])
    assert [hit.text for hit in found.retrieved] == ["一", "二"]
    assert [(kind, [hit.text for hit in nodes]) for kind, nodes in found.stages] == [
        ("first", ["一"])
    ]
    assert [hit.text for hit in remaining(found)] == ["一"]
    assert list(found.seconds) == ["retrieving", "first"]


def test_a_question_is_embedded_once_for_all_stages() -> None:
    embed_model = Counting()
    assert len(remaining(dense_with_cutoff(embed_model))) == 1
    assert embed_model.questions == ["堰はいつ？"]


def test_another_wording_for_the_postprocessors_is_embedded_for_itself() -> None:
    embed_model = Counting()
    dense_with_cutoff(embed_model, put_as="その堰はいつ？")
    assert embed_model.questions == ["堰はいつ？", "その堰はいつ？"]


def test_postprocessors_judge_for_the_question_as_it_was_put() -> None:
    retriever, part = Finds([node("一")]), KeepsQuestions()
    search("書き直した質問", retriever, [("keeps", part)], put_as="元の質問")
    assert (retriever.asked, part.asked) == (["書き直した質問"], ["元の質問"])
