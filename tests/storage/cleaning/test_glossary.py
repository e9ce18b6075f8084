"""A glossary of a river's words against sentences of this project's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.cleaning.glossary import GlossarySettings, GlossaryStep
from storage.cleaning.glossary_file import GlossaryTerm, glossary_term
from storage.cleaning.step import clean


def step(*terms: str | GlossaryTerm, **settings: float) -> GlossaryStep:
    made = [glossary_term(term) if isinstance(term, str) else term for term in terms]
    return GlossaryStep(GlossarySettings(path="none", **settings), made)  # type: ignore[arg-type]


def test_what_sounds_the_same_is_the_term() -> None:
    cleaned = clean("次は教科学習の話です。", [step("強化学習")])
    assert cleaned.text == "次は強化学習の話です。"
    assert cleaned.edits[0].reason == "sounds like 強化学習 of the glossary (the same)"


def test_a_term_that_a_space_cuts_is_found() -> None:
    assert clean("次は教科 学習の話です。", [step("強化学習")]).text == "次は強化学習の話です。"


def test_short_terms_are_proposed_and_not_made() -> None:
    heard = "その高度を読みます。"
    (one,) = step("コード").heard(heard)
    assert (heard[one.start : one.end], one.term, one.sure) == ("高度", "コード", False)
    assert clean(heard, [step("コード")]).edits == ()


def test_a_listed_mishearing_is_corrected_however_short() -> None:
    term = glossary_term("コード", misheard=["高度"])
    cleaned = clean("その高 度を読みます。", [step(term)])
    assert cleaned.text == "そのコードを読みます。"
    assert cleaned.edits[0].reason == "misheard コード, as the glossary lists it"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("強化学習", "強化学習の話です。"),
        ("強化学習", "その強化学習を使います。"),
        ("Transformer", "トランスフォーマーの話です。"),
        ("パラメータ", "パラメーターの数です。"),
        ("科学習慣", "教科の話です。"),
        ("平成二年", "平成三年のことです。"),
        ("強化学習", "## 教科学習\n"),
        ("強化学習", "`教科学習`"),
        ("強化学習", ""),
    ],
)
def test_what_stays(term: str, text: str) -> None:
    assert clean(text, [step(term)]).edits == ()


def test_a_number_that_is_not_written_is_only_proposed() -> None:
    term = GlossaryTerm("Qwen3", (("ku", "e", "N", "sa", "N"),))
    (one,) = step(term).heard("今回はクエン酸を使います。")
    assert (one.term, one.sure, one.similarity) == ("Qwen3", False, pytest.approx(1.0))


def test_the_most_alike_of_two_terms_is_taken() -> None:
    both = step("強化学習", "強化学校", least=0.5, proposed=0.5)
    assert clean("次は教科学校の話です。", [both]).text == "次は強化学校の話です。"


def test_a_second_time_changes_nothing() -> None:
    one = step("強化学習", "事前学習")
    cleaned = clean("教科学習と自前学習の話です。", [one])
    assert clean(cleaned.text, [one]).edits == ()


def test_a_file_is_read_when_the_step_is_built(tmp_path: Path) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text("- 強化学習\n", encoding="utf-8")
    built = GlossarySettings(path=str(path)).build()
    assert clean("教科学習です。", [built]).text == "強化学習です。"
