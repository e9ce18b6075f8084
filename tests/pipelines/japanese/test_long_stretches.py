from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from pipelines.japanese.long_stretches import cut_long
from pipelines.japanese.sentences import split_sentences

CORPORA = Path(__file__).resolve().parents[4] / "shared" / "corpora"


def cut(text: str, max_chars: int) -> list[str]:
    return [text[start:end] for start, end in cut_long(text, 0, len(text), max_chars)]


def test_short_text_is_left_whole() -> None:
    assert cut("短い文です 続き", 20) == ["短い文です 続き"]


def test_a_polite_end_before_a_space_is_preferred_to_later_weaker_cuts() -> None:
    text = "まず報酬を定義します 次に関数を使って、判定するので そこで"
    #       0..10 "まず報酬を定義します" is 10 characters, then a space
    assert cut(text, 20)[0] == "まず報酬を定義します"


def test_clause_ends_come_before_commas_and_commas_before_spaces() -> None:
    assert cut("性能が上がるけれども、値段も、上がる時代だ", 16)[0] == "性能が上がるけれども、"
    assert cut("値段までも、上がる時代 だと言われた", 12)[0] == "値段までも、"
    assert cut("値段が上がる時代 だと言われた話", 12)[0] == "値段が上がる時代"


def test_polite_forms_that_go_on_are_not_ends() -> None:
    text = "これは例ですが説明はまだまだ続くと思われるのだ"
    assert cut(text, 12)[0] == "これは例ですが"


def test_bullets_on_one_line_begin_pieces() -> None:
    text = "一つ目の項目の説明 • 二つ目の項目の説明 • 三つ目の項目"
    assert cut(text, 15) == ["一つ目の項目の説明", "• 二つ目の項目の説明", "• 三つ目の項目"]


def test_without_any_boundary_it_cuts_at_the_length_and_not_inside_a_character() -> None:
    assert cut("あ" * 25, 10) == ["あ" * 10, "あ" * 10, "あ" * 5]
    # か + a combining voiced sound mark: the cut at 10 would part the two.
    text = "あ" * 9 + "か\u3099" + "い" * 5
    assert cut(text, 10) == ["あ" * 9, "か\u3099" + "い" * 5]


def test_pieces_keep_to_the_length_when_a_space_stands_right_behind_it() -> None:
    assert cut("あいうえおかきくけこ さしすせそ", 10) == ["あいうえおかきくけこ", "さしすせそ"]


@pytest.mark.corpora
def test_a_real_lecture_without_punctuation_is_cut_at_clause_ends() -> None:
    if not CORPORA.is_dir():
        pytest.skip("../shared/corpora is absent")
    text = next(CORPORA.glob("004_*.txt")).read_text(encoding="utf-8")
    spans = split_sentences(text, 120)
    pieces = [text[start:end] for start, end in spans]
    assert len(pieces) > 1000
    assert max(map(len, pieces)) <= 120
    # Hard cuts, in the middle of a run of letters, must be rare exceptions.
    hard = sum(
        1
        for (_, end), (start, _) in pairwise(spans)
        if end == start and text[end - 1].isalnum() and not text[:end].endswith(("す", "た", "ど"))
    )
    assert hard < len(pieces) * 0.01
