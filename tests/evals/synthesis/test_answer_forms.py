from __future__ import annotations

import pytest

from evals.synthesis.answer_forms import answers_by_form, form_of
from evals.synthesis.candidates import Candidate
from evals.synthesis.passages import Passage, Sentence


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        ("五十八匹", "#匹"),
        ("412 匹", "#匹"),
        ("十一。六キロ", "#キロ"),
        ("二千年の一月", "#年の#月"),
        ("6,000 logbooks", "#logbooks"),
        ("公民館", ""),
        ("二ノ柳堰", ""),
    ],
)
def test_numbers_make_the_form(answer: str, form: str) -> None:
    assert form_of(answer) == form


def test_answers_are_kept_once_in_their_order() -> None:
    sentence = Sentence(0, 1, "文")
    passage = Passage("a.md", "", "ja", "文", (sentence,))
    answers = ["三匹", "公民館", "九匹", "三匹", "二人"]
    queue = [Candidate(passage, 0, answer, 0) for answer in answers]
    assert answers_by_form(queue) == {"#匹": ("三匹", "九匹"), "#人": ("二人",)}
