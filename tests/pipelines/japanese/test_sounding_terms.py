from __future__ import annotations

import pytest

from pipelines.japanese.readings import MoraTokenizerSettings
from pipelines.japanese.sounding_terms import sounding_terms

TOKENIZER = MoraTokenizerSettings().build()


def terms(question: str) -> list[str]:
    return [term.text for term in sounding_terms(question, TOKENIZER)]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("強化学習の報酬はどのように設計されましたか？", ["強化学習", "報酬", "設計"]),
        ("堰の改修とSWE-agentについて、それは何ですか？", ["堰", "改修", "SWE-agent"]),
        ("どういうことですか？", []),
    ],
)
def test_terms_are_runs_of_nouns_without_question_words(question: str, found: list[str]) -> None:
    assert [term for term in terms(question) if term in found] == found
    assert "何" not in terms(question)
    assert "こと" not in terms(question)


def test_a_short_phrase_is_a_term_as_a_whole_too() -> None:
    assert terms("魚道の工費") == ["魚道", "工費", "魚道の工費"]
    assert terms("工費") == ["工費"]


def test_latin_terms_may_be_said_in_two_ways() -> None:
    (term,) = sounding_terms("Qwen3", TOKENIZER)
    assert ("ku", "we", "N", "sa", "N") in term.ways
    assert len(term.ways) == 2


def test_questions_without_letters_have_no_terms() -> None:
    for question in ("", "？！", "😀😀", "   "):
        assert terms(question) == []
