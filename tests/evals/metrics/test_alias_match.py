from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.metrics.alias_match import alias_match

QUESTIONS = Path(__file__).resolve().parents[4] / "shared" / "qa" / "dev.jsonl"


@pytest.mark.parametrize(
    ("answer", "alias", "expected"),
    [
        ("答えは化学です。", "化学", True),
        ("答えは物理です。", "化学", False),
        # NFKC and lower case on both sides.
        ("ＧＳＭ８Ｋを使いました", "gsm8k", True),
        ("①番", "1番", True),
        ("reuters", "Reuters", True),
        # White space is left out on both sides.
        ("５００ 億", "500億", True),
        ("医学\n論文", "医学論文", True),
        ("GSM8K", "GSM 8K", True),
        # ASCII edges: no letter or digit may touch.
        ("117枚", "11", False),
        ("MT5です", "T5", False),
        ("T5です", "T5", True),
        ("(T5)", "T5", True),
        ("T5x", "T5", False),
        ("1117と11", "11", True),
        ("43.82", "43.82", True),
        ("143.82", "43.82", False),
        ("50%", "50%", True),
        ("50%50", "50%", True),
        # A Japanese edge may touch anything, also on the other end of an ASCII one.
        ("約40パーセント", "40パーセント", True),
        ("140パーセント", "40パーセント", False),
        ("第8個目", "8個", True),
        # White space of the answer parts words.
        ("It is 5 times faster", "5 times", True),
        ("It is 15 times faster", "5 times", False),
        ("They used Elasticsearch here", "elasticsearch", True),
        ("elastic search", "elasticsearch", True),
    ],
)
def test_the_scoring_rules(answer: str, alias: str, expected: bool) -> None:
    assert alias_match(answer, [alias]) is expected


def test_one_alias_is_enough() -> None:
    assert alias_match("五百億です", ["500億", "五百億"])


def test_every_group_needs_a_hit_and_groups_decide() -> None:
    groups = [["エージェント", "agent"], ["ロボット", "robot"]]
    assert alias_match("Agentとロボット", ["使われない"], groups)
    assert not alias_match("エージェントとロケット", ["エージェント"], groups)


def test_what_cannot_be_scored_is_an_error_not_a_miss() -> None:
    with pytest.raises(ValueError, match="no alias"):
        alias_match("答え", [])
    with pytest.raises(ValueError, match="no alias"):
        alias_match("答え", ["甲"], [["甲"], []])
    with pytest.raises(ValueError, match="blank"):
        alias_match("答え", [" "])


def test_an_empty_answer_says_nothing() -> None:
    assert not alias_match("", ["甲"])


@pytest.mark.corpora
def test_every_reference_that_lists_its_aliases_matches_itself() -> None:
    if not QUESTIONS.is_file():
        pytest.skip("../shared/qa is absent")
    questions = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    answerable = [question for question in questions if question["answer_aliases"]]
    assert len(answerable) == 45
    for question in answerable:
        said = " / ".join([question["answer"], *question["answer_aliases"]])
        groups = question.get("answer_groups", [])
        assert alias_match(said, question["answer_aliases"], groups), question["id"]
        assert not alias_match("分かりません", question["answer_aliases"], groups)
