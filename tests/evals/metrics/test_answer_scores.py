from __future__ import annotations

import pytest

from evals.metrics.answer_scores import (
    AliasMatchSettings,
    BleuSettings,
    CharacterF1Settings,
    ChrfSettings,
    ExactMatchSettings,
    RougeLSettings,
    VerifiableSettings,
)
from evals.metrics.cost_scores import SecondsSettings, TokensSettings
from evals.metrics.decision_scores import (
    CitationPrecisionSettings,
    CitationRecallSettings,
    OptionAccuracySettings,
    OptionMapSettings,
    RefusalPrecisionSettings,
    RefusalRecallSettings,
)
from evals.metrics.metric import Metric
from tests.evals.evals_builders import answer, found, node, outcome

ALL = (
    AliasMatchSettings(), ExactMatchSettings(), CharacterF1Settings(), RougeLSettings(),
    ChrfSettings(), BleuSettings(),
)  # fmt: skip


@pytest.mark.parametrize("metric", ALL)
def test_the_reference_itself_is_worth_all_and_a_refusal_nothing(metric: Metric) -> None:
    said = outcome(answer("夜七時の公民館"), reference="夜七時の公民館")
    assert metric.score(said).value == pytest.approx(1.0)
    refused = outcome(answer("夜七時の公民館", refused=True), reference="夜七時の公民館")
    assert metric.score(refused).value == 0.0


@pytest.mark.parametrize("metric", ALL)
def test_where_there_is_nothing_to_compare_there_is_no_score(metric: Metric) -> None:
    assert metric.score(outcome(answer("夜"))).reason == "no reference is known"
    assert metric.score(outcome(answer("夜"), answerable=False)).value is None
    options = outcome(answer("夜"), options=("a", "b"), right_option=0)
    assert metric.score(options).reason == "the question has options"


def test_quotes_of_an_answer_may_be_left_out() -> None:
    said = outcome(answer("分かりません。\n「夜七時です」[1]"), aliases=("夜七時",))
    assert AliasMatchSettings().score(said).value == 1.0
    assert AliasMatchSettings(quotes=False).score(said).value == 0.0
    assert AliasMatchSettings(quotes=False).name == "alias_match unquoted"


def test_the_best_reference_counts() -> None:
    said = outcome(answer("京都"), reference="東京都", aliases=("京都", "奈良"))
    for metric in ALL[1:]:
        assert metric.score(said).value == pytest.approx(1.0)


def test_integers_are_verified_apart_from_their_format() -> None:
    said = outcome(answer("答えは 1,200"), reference="1200")
    assert VerifiableSettings().score(said).value == 1.0
    assert VerifiableSettings(format_only=True).score(said).value == 0.0
    words = VerifiableSettings().score(outcome(answer("夜"), reference="夜"))
    assert words.reason == "the reference is no integer"


def test_refusals_are_scored_where_precision_and_recall_look() -> None:
    rows = [(True, True), (True, False), (False, False), (False, True)]  # refused, answerable
    scored = [outcome(answer(refused=r), answerable=a) for r, a in rows]
    precision = [RefusalPrecisionSettings().score(one).value for one in scored]
    recall = [RefusalRecallSettings().score(one).value for one in scored]
    assert precision == [0.0, 1.0, None, None]
    assert recall == [None, 1.0, 0.0, None]


def test_citations_are_scored_against_the_evidence() -> None:
    searched = [("retrieving", [node(0, 60)])]
    cited = outcome(
        answer(citations=[node(0, 10), node(40, 50)], stages=searched), (0, 10), (20, 30)
    )
    assert CitationPrecisionSettings().score(cited).value == 0.5
    assert CitationRecallSettings().score(cited).value == 0.5
    none = outcome(found(node(0, 10)), (0, 10))
    assert CitationPrecisionSettings().score(none).reason == "nothing was cited"
    assert CitationRecallSettings().score(none).value == 0.0
    closed = CitationRecallSettings().score(outcome(answer(), (0, 10)))
    assert (closed.value, closed.reason) == (None, "nothing was searched")
    assert CitationRecallSettings().score(outcome(answer())).value is None


def test_options_are_scored_by_their_ranking() -> None:
    chosen = outcome(answer(ranking=[1, 2, 0]), options=("a", "b", "c"), right_option=2)
    assert OptionAccuracySettings().score(chosen).value == 0.0
    assert OptionMapSettings().score(chosen).value == 0.5
    assert OptionMapSettings().name == "map@3 of options"
    assert OptionAccuracySettings().score(outcome(answer())).value is None


def test_costs_are_what_the_record_says() -> None:
    cost = outcome(
        answer(seconds={"retrieving": 0.5, "answering": 2.0}, prompt_tokens=90, completion_tokens=7)
    )
    assert SecondsSettings().score(cost).value == 2.5
    assert SecondsSettings(stage="answering").score(cost).value == 2.0
    assert SecondsSettings(stage="llm_rerank").score(cost).reason == "has no stage 'llm_rerank'"
    assert TokensSettings().score(cost).value == 97.0
