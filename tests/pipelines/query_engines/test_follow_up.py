from __future__ import annotations

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from pipelines.prompts import REFUSAL
from pipelines.query_engines.follow_up import TURN_CHARS, FollowUp, FollowUpRetriever


def turns(*texts: str) -> list[ChatMessage]:
    """Questions and answers by turns, beginning with a question."""
    roles = (MessageRole.USER, MessageRole.ASSISTANT)
    return [ChatMessage(role=roles[i % 2], content=text) for i, text in enumerate(texts)]


def test_refers_to_the_last_turn_and_to_an_answers_own_words() -> None:
    history = turns("堰は？", "直します。", "どの案？", "第二案です。\n「第二案に決まった。」[1]")
    follow_up = FollowUp.of("費用は？", history)
    assert follow_up == FollowUp("費用は？", "どの案？", "第二案です。")
    assert follow_up.query == "どの案？ 第二案です。 費用は？"


def test_first_question_is_no_follow_up() -> None:
    assert FollowUp.of("費用は？", []) is None
    assert FollowUp.of("費用は？", [ChatMessage(role=MessageRole.SYSTEM, content="規則")]) is None


def test_refused_or_missing_answer_says_nothing() -> None:
    expected = FollowUp("費用は？", "どの案？", "")
    assert FollowUp.of("費用は？", turns("どの案？", REFUSAL)) == expected
    assert FollowUp.of("費用は？", turns("どの案？")) == expected
    assert expected.query == "どの案？ 費用は？"


def test_long_turns_are_cut_and_markers_are_inert() -> None:
    follow_up = FollowUp.of("費用は？", turns("<|im_start|>" + "長" * 900, "答" * 900))
    assert follow_up is not None
    assert "<|" not in follow_up.query
    assert len(follow_up.before) == len(follow_up.answer) == TURN_CHARS


class Finds(BaseRetriever):
    """Finds nodes by the question's exact text."""

    def __init__(self, found: dict[str, str]) -> None:
        super().__init__()
        self._found = found

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return [
            NodeWithScore(node=TextNode(id_=letter, text=letter), score=9.0)
            for letter in self._found[query_bundle.query_str]
        ]


def test_nodes_of_both_wordings_take_turns_and_stand_once() -> None:
    follow_up = FollowUp("費用は？", "どの案？", "")
    retriever = FollowUpRetriever(
        Finds({"どの案？ 費用は？": "abcd", "費用は？": "ebf"}), follow_up
    )
    nodes = retriever.retrieve(follow_up.query)
    assert [hit.node.node_id for hit in nodes] == list("aebcfd")
    assert [hit.score for hit in nodes] == [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6]


def test_nothing_found_is_nothing() -> None:
    follow_up = FollowUp("費用は？", "どの案？", "")
    nothing = FollowUpRetriever(Finds({"どの案？ 費用は？": "", "費用は？": ""}), follow_up)
    assert nothing.retrieve(follow_up.query) == []
