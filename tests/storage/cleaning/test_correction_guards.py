"""What a model may correct in a sentence, and what it may not. Sentences of this project's own."""

from __future__ import annotations

import pytest

from storage.cleaning.correction_guards import guarded
from storage.cleaning.edit import changed

HEARD = "次は教科学習の話を三回に分けてします"


def corrected(heard: str, written: str, least: float = 0.7) -> str:
    return changed(heard, guarded(heard, written, least).changes)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        (HEARD, "次は強化学習の話を三回に分けてします"),
        ("どれがいいかなっいうふうに思います", "どれがいいかなっていうふうに思います"),
        ("この堰堰を下げる話をします", "この堰を下げる話をします"),
        (HEARD, HEARD),
    ],
)
def test_what_sounds_alike_may_be_made(heard: str, written: str) -> None:
    assert corrected(heard, written) == written
    assert guarded(heard, written, 0.7).rejected == ()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("次は教科学習の話を四回に分けてします", "changes a number"),
        ("次は教科学習の話を三回に分けてしません", "turns a negation"),
        ("教科学習の話をします", "drops content"),
        (
            "次は教科学習の話を三回に分けてします。楽しみにしてくださいね、皆さん",
            "adds content",
        ),
        ("", "nothing was written"),
        ("。。。", "nothing was written"),
    ],
)
def test_a_sentence_that_says_something_else_is_rejected_whole(written: str, why: str) -> None:
    result = guarded(HEARD, written, 0.7)
    assert (result.changes, result.rejected) == ((), (why,))


def test_each_difference_stands_for_itself() -> None:
    """One sounds alike; 議論 sounds like nothing in its place."""
    written = "次は強化学習の議論を三回に分けてします"
    result = guarded(HEARD, written, 0.7)
    assert changed(HEARD, result.changes) == "次は強化学習の話を三回に分けてします"
    assert result.rejected == ("sounds otherwise",)


def test_added_and_dropped_words_are_rejected_and_added_kana_are_not() -> None:
    assert guarded("堰を下げます", "堰の壁を下げます", 0.7).rejected == ("adds content",)
    assert guarded("古い堰を下げます", "堰を下げます", 0.7).rejected == ("drops content",)
    assert corrected("堰下げます", "堰を下げます") == "堰を下げます"


def test_punctuation_and_spaces_are_left_as_they_were() -> None:
    assert corrected("堰を 下げます", "堰を下げます。") == "堰を 下げます"


def test_the_bound_decides() -> None:
    written = "次は共感学習の話を三回に分けてします"
    assert corrected(HEARD, written, least=0.95) == HEARD
    assert corrected(HEARD, written, least=0.05) == written
