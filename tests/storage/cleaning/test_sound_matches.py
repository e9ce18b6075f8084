from __future__ import annotations

import pytest

from pipelines.japanese.mora_scores import gap_score, mora_score
from storage.cleaning.heard_words import heard_words
from storage.cleaning.sound_matches import SoundIndex, SoundMatch

ABOUT = "来週は教科学習の話をします"
LEARNING = ("kyo", "R", "ka", "ga", "ku", "shu", "R")


def test_words_have_their_places_and_gaps_are_inside_of_them() -> None:
    text = "x。魚 道の話"
    words = heard_words(text, 2, len(text))
    assert [(text[w.start : w.end], w.surface) for w in words] == [
        ("魚 道", "魚道"), ("の", "の"), ("話", "話"),
    ]  # fmt: skip
    assert words[0].morae == ("gyo", "do", "R")


def test_what_sounds_the_same_is_alike_by_1() -> None:
    words = heard_words(ABOUT, 0, len(ABOUT))
    (match,) = SoundIndex(words).find(LEARNING, 0.9)
    assert "".join(w.surface for w in words[match.first : match.last]) == "教科学習"
    assert match.similarity == pytest.approx(1.0)


def test_similarity_by_hand() -> None:
    """One mora of three is another, and one too many: the rest scores as it does by itself."""
    words = heard_words("カメラ", 0, 3)
    assert [w.morae for w in words] == [("ka", "me", "ra")]
    own = sum(mora_score(m, m) for m in ("ka", "me", "ra"))
    other = ("ka", "me", "na")
    theirs = sum(mora_score(m, m) for m in other)
    expected = (mora_score("ka", "ka") + mora_score("me", "me") + mora_score("ra", "na")) / max(
        own, theirs
    )
    (match,) = SoundIndex(words).find(other, 0.1)
    assert match == SoundMatch(0, 1, pytest.approx(expected))
    longer = ("ka", "me", "ra", "R")
    whole = own + mora_score("R", "R")
    (match,) = SoundIndex(words).find(longer, 0.1)
    assert match.similarity == pytest.approx((own - gap_score("R")) / whole)


def test_nothing_is_heard_across_a_border_or_in_half_of_a_word() -> None:
    first, second = heard_words("教科、学習", 0, 2), heard_words("教科、学習", 3, 5)
    border = heard_words("、", 0, 1)
    assert SoundIndex([*first, *border, *second]).find(LEARNING, 0.5) == []
    assert SoundIndex(heard_words("図書館", 0, 3)).find(("sho", "ka", "N"), 0.9) == []


def test_no_words_no_matches() -> None:
    assert SoundIndex([]).find(LEARNING, 0.5) == []
