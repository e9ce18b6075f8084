from __future__ import annotations

import math

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.postprocessors.llm_rerank import LLMRerankSettings
from tests.pipelines.scripted_llm import ScriptedLLM

QUESTION = QueryBundle("報酬は？")


def hits(*texts: str) -> list[NodeWithScore]:
    return [
        NodeWithScore(node=TextNode(id_=text, text=text), score=1 / rank)
        for rank, text in enumerate(texts, start=1)
    ]


def belief(**by_text: float) -> ScriptedLLM:
    """A model that believes in each passage as told."""

    def yes(prompt: str) -> float:
        return next(p for text, p in by_text.items() if text in prompt)

    return ScriptedLLM(yes=yes)


def order(
    llm: ScriptedLLM, nodes: list[NodeWithScore], **settings: float
) -> list[tuple[str, float]]:
    part = LLMRerankSettings.model_validate(settings).build(Parts(llm=llm))
    out = part.postprocess_nodes(nodes, QUESTION)
    return [(hit.node.node_id, hit.score or 0.0) for hit in out]


def test_order_and_scores_are_the_log_odds() -> None:
    out = order(belief(aaa=0.2, bbb=0.9, ccc=0.5), hits("aaa", "bbb", "ccc"))
    # ln(.9/.1) = 2.197, ln 1 = 0, ln(.2/.8) = -1.386
    assert [node_id for node_id, _ in out] == ["bbb", "ccc", "aaa"]
    assert [s for _, s in out] == pytest.approx([math.log(9), 0.0, -math.log(4)], abs=1e-9)


def test_question_stands_before_the_passage_so_that_the_prefix_is_shared() -> None:
    llm = belief(aaa=0.5)
    order(llm, hits("aaa"))
    assert llm.judged[0].index("報酬は？") < llm.judged[0].index("aaa")


def test_threshold_drops_and_may_leave_nothing() -> None:
    llm = belief(aaa=0.2, bbb=0.6)
    assert [n for n, _ in order(llm, hits("aaa", "bbb"), threshold=0.5)] == ["bbb"]
    assert order(llm, hits("aaa", "bbb"), threshold=0.7) == []


def test_prior_adds_a_share_of_the_rank() -> None:
    # With equal beliefs the prior decides: 2/1 against 2/2.
    out = order(belief(aaa=0.5, bbb=0.5), hits("bbb", "aaa"), prior=2)
    assert out == [("bbb", pytest.approx(2.0)), ("aaa", pytest.approx(1.0))]


def test_nodes_beyond_the_candidates_keep_their_order_behind() -> None:
    llm = belief(aaa=0.1, bbb=0.9)
    out = order(llm, hits("aaa", "bbb", "ccc", "ddd"), candidates=2)
    assert [n for n, _ in out] == ["bbb", "aaa", "ccc", "ddd"]
    scores = [s for _, s in out]
    assert scores == sorted(scores, reverse=True)
    assert len(llm.judged) == 2


def test_token_budget_bounds_what_is_read_but_one_node_always_is() -> None:
    llm = belief(aaa=0.5, bbb=0.5)
    order(llm, hits("aaa", "bbb"), max_tokens=4)
    assert len(llm.judged) == 1
    order(llm, hits("aaa", "bbb"), max_tokens=1)
    assert len(llm.judged) == 2


def test_top_n_bounds_the_result_and_input_is_unchanged() -> None:
    nodes = hits("aaa", "bbb", "ccc")
    out = order(belief(aaa=0.1, bbb=0.2, ccc=0.3), nodes, top_n=2)
    assert [n for n, _ in out] == ["ccc", "bbb"]
    assert [(h.node.node_id, h.score) for h in nodes] == [("aaa", 1), ("bbb", 0.5), ("ccc", 1 / 3)]


def test_nothing_in_nothing_out() -> None:
    assert order(ScriptedLLM(), []) == []


def test_without_a_model_it_says_what_to_configure() -> None:
    with pytest.raises(ConfigError, match="configure llm"):
        LLMRerankSettings().build(Parts())
