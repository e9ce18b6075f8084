from __future__ import annotations

from storage.cleaning.glossary_terms import CountedTerm, terms_of

TEXTS = [
    "強化学習の話です。強化学習では、堰を使いません。",
    "# 強化学習\n\nトランスフォーマーとTransformerです。\n\n```\n強化学習\n```\n",
    "トランスフォーマーです。十二月と2月の話です。堰です。",
]


def test_compounds_and_foreign_words_that_stand_there_often_enough() -> None:
    assert terms_of(TEXTS, least_count=2, least_morae=5) == [
        CountedTerm("強化学習", 2),
        CountedTerm("トランスフォーマー", 2),
    ]
    once = [term.text for term in terms_of(TEXTS, least_count=1, least_morae=5)]
    assert "Transformer" in once
    assert not {"堰", "十二月", "2月"} & set(once)


def test_short_terms_are_left_out_and_nothing_gives_nothing() -> None:
    assert terms_of(["魚道。魚道。川会議。川会議。"], 2, 9) == []
    assert terms_of(["", " \n"], 1, 1) == []
