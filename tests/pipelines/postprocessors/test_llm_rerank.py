from __future__ import annotations

import math

import pytest
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from pydantic import ValidationError

from pipelines.errors import ConfigError
from pipelines.parts import Parts
from pipelines.postprocessors.llm_rerank import Calibration, JudgedNode, LLMRerankSettings
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
    part = LLMRerankSettings.model_validate({"prior": 0, **settings}).build(Parts(llm=llm))
    out = part.postprocess_nodes(nodes, QUESTION)
    return [(hit.node.node_id, hit.score or 0.0) for hit in out]


def test_order_and_scores_are_the_log_odds() -> None:
    out = order(belief(aaa=0.2, bbb=0.9, ccc=0.5), hits("aaa", "bbb", "ccc"))
    # ln(.9/.1) = 2.197, ln 1 = 0, ln(.2/.8) = -1.386
    assert [node_id for node_id, _ in out] == ["bbb", "ccc", "aaa"]
    assert [s for _, s in out] == pytest.approx([math.log(9), 0.0, -math.log(4)], abs=1e-9)


def test_the_passage_is_read_before_the_question() -> None:
    llm = belief(aaa=0.5)
    order(llm, hits("aaa"))
    assert llm.judged[0].index("aaa") < llm.judged[0].index("報酬は？")


def test_the_passage_is_read_without_its_metadata() -> None:
    llm = belief(aaa=0.5)
    node = TextNode(text="aaa", metadata={"source": "lecture.md", "speaker": "SPEAKER_0"})
    order(llm, [NodeWithScore(node=node, score=1.0)])
    assert "SPEAKER_0" not in llm.judged[0]


def test_threshold_drops_and_may_leave_nothing() -> None:
    llm = belief(aaa=0.2, bbb=0.6)
    assert [n for n, _ in order(llm, hits("aaa", "bbb"), threshold=0.5)] == ["bbb"]
    assert order(llm, hits("aaa", "bbb"), threshold=0.7) == []


def test_every_place_further_down_costs_the_prior() -> None:
    # Log-odds of .5 are 0, of .6 ln 1.5 = .405: above the first place by more than .2, by less than
    # the .6 that the fourth place costs.
    llm = belief(aaa=0.5, bbb=0.6, ccc=0.5, ddd=0.6)
    out = order(llm, hits("aaa", "bbb", "ccc", "ddd"), prior=0.2)
    gain = math.log(1.5)
    expected = [("bbb", gain - 0.2), ("aaa", 0.0), ("ddd", gain - 0.6), ("ccc", -0.4)]
    assert out == [(name, pytest.approx(score)) for name, score in expected]


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


def judged(llm: ScriptedLLM, nodes: list[NodeWithScore], **settings: object) -> list[JudgedNode]:
    part = LLMRerankSettings.model_validate({"prior": 0, **settings}).build(Parts(llm=llm))
    out = part.postprocess_nodes(nodes, QUESTION)
    assert all(isinstance(hit, JudgedNode) for hit in out)
    return out  # type: ignore[return-value]


def test_each_language_has_its_prompt_and_all_answer_yes_or_no() -> None:
    class Listening(ScriptedLLM):
        def score_choices(self, conversations, choices):  # type: ignore[no-untyped-def]
            asked.append(tuple(choices))
            return super().score_choices(conversations, choices)

    asked: list[tuple[str, ...]] = []
    llm = Listening()
    judged(llm, hits("aaa"))
    judged(llm, hits("aaa"), language="en")
    assert asked == [("yes", "no"), ("yes", "no")]
    assert llm.judged[0].endswith("[参考資料]\naaa\n\n[質問] 報酬は？")
    assert llm.judged[1].endswith("[Material]\naaa\n\n[Question] 報酬は？")


def test_a_threshold_alone_may_keep_all_of_them() -> None:
    llm = belief(aaa=0.6, bbb=0.4, ccc=0.9)
    out = judged(llm, hits("aaa", "bbb", "ccc"), top_n=None, threshold=0.5, candidates=3)
    assert [hit.node.node_id for hit in out] == ["ccc", "aaa"]


def test_probabilities_are_calibrated_before_the_threshold_and_scores_are_not() -> None:
    # Log-odds of .9 are ln 9; half of them are ln 3, and minus ln 3 they are 0: one half.
    calibration = {"slope": 0.5, "intercept": -math.log(3)}
    llm = belief(aaa=0.9, bbb=0.8)
    out = judged(llm, hits("aaa", "bbb"), calibration=calibration)
    assert out[0].probability == pytest.approx(0.5)
    # ln 4 / 2 - ln 3 is ln(2/3): two to three.
    assert out[1].probability == pytest.approx(0.4)
    assert out[0].score == pytest.approx(math.log(9))
    kept = judged(llm, hits("aaa", "bbb"), calibration=calibration, threshold=0.45)
    assert [hit.node.node_id for hit in kept] == ["aaa"]


def test_without_calibration_the_probability_is_the_models_own() -> None:
    out = judged(belief(aaa=0.2, bbb=0.9), hits("aaa", "bbb", "ccc"), candidates=2, prior=3)
    assert [hit.probability for hit in out] == pytest.approx([0.9, 0.2, None], abs=1e-9)


def test_extreme_log_odds_do_not_overflow() -> None:
    assert Calibration().probability(5000) == 1.0
    assert Calibration().probability(-5000) == 0.0


def test_reading_ends_when_the_top_is_settled() -> None:
    texts = ["aaa", "bbb", "ccc", "ddd", "eee"]
    beliefs = dict(zip(texts, (0.9, 0.5, 0.2, 0.1, 0.95), strict=True))
    llm = belief(**beliefs)
    out = judged(llm, hits(*texts), top_n=2, stop_when_settled=2)
    # ccc and ddd rank below aaa and bbb: eee, which would be the best, is never read.
    assert len(llm.judged) == 4
    assert [hit.node.node_id for hit in out] == ["aaa", "bbb"]
    llm = belief(**beliefs)
    out = judged(llm, hits(*texts), top_n=2, stop_when_settled=3)
    assert len(llm.judged) == 5
    assert [hit.node.node_id for hit in out] == ["eee", "aaa"]


def test_a_node_that_enters_the_top_begins_the_count_anew() -> None:
    texts = ["aaa", "bbb", "ccc", "ddd", "eee", "fff"]
    llm = belief(**dict(zip(texts, (0.5, 0.4, 0.6, 0.3, 0.2, 0.9), strict=True)))
    judged(llm, hits(*texts), top_n=1, stop_when_settled=2)
    # bbb is below aaa, ccc is the new best, ddd and eee are below it.
    assert len(llm.judged) == 5


def test_nodes_below_the_threshold_settle_nothing() -> None:
    texts = ["aaa", "bbb", "ccc", "ddd"]
    llm = belief(**dict(zip(texts, (0.4, 0.3, 0.2, 0.8), strict=True)))
    out = judged(llm, hits(*texts), top_n=1, threshold=0.5, stop_when_settled=1)
    assert [hit.node.node_id for hit in out] == ["ddd"]


def test_settling_needs_a_top() -> None:
    with pytest.raises(ValidationError, match="stop_when_settled: needs a top_n"):
        LLMRerankSettings(top_n=None, stop_when_settled=2)
    with pytest.raises(ValidationError, match="greater than 0"):
        LLMRerankSettings.model_validate({"calibration": {"slope": -1}})


def test_a_judge_takes_the_language_models_place() -> None:
    judge, llm = ScriptedLLM(), ScriptedLLM()
    for parts in (Parts(llm=llm, judge=judge), Parts(judge=judge)):
        LLMRerankSettings().build(parts).postprocess_nodes(hits("aaa"), QUESTION)
    assert (len(judge.judged), len(llm.judged)) == (2, 0)
