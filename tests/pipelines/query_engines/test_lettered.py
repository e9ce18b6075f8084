from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.base.llms.types import ChatMessage

from pipelines.query_engines.lettered import choose_letter, list_options, rotations
from tests.pipelines.query_engines.engine_doubles import ChoosingLLM


def ask(llm: ChoosingLLM, options: list[str], orders: int) -> list[float]:
    return choose_letter(llm, options, orders, lambda listed: [ChatMessage(content=listed)])


@given(st.integers(2, 26), st.integers(1, 30))
def test_orders_are_cyclic_different_and_begin_with_the_given_one(count: int, orders: int) -> None:
    found = rotations(count, orders)
    assert found[0] == list(range(count))
    assert len({tuple(order) for order in found}) == len(found) == min(count, orders)
    for order in found:
        assert order == [(order[0] + place) % count for place in range(count)]


def test_every_option_stands_at_every_place_once() -> None:
    assert sorted(zip(*rotations(3, 3), strict=True)) == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]


def test_a_preference_for_a_letter_alone_cancels_out() -> None:
    llm = ChoosingLLM(weigh=lambda letter, _: 8.0 if letter == "A" else 1.0)
    options = ["明治", "大正", "昭和"]
    assert ask(llm, options, 1) == pytest.approx([0.8, 0.1, 0.1])
    assert ask(llm, options, 3) == pytest.approx([1 / 3] * 3)
    assert llm.judged[-1] == "user: A. 昭和\nB. 明治\nC. 大正"


def test_the_preferred_option_wins_over_the_preferred_letter() -> None:
    # Orders (A, B) and (B, A); weights 3 for the letter A, 2 for 大正.
    # 明治 at A: 3 against 2; 大正 at A: 6 against 1. 大正: (2/5 + 6/7) / 2.
    llm = ChoosingLLM(
        weigh=lambda letter, line: (3.0 if letter == "A" else 1.0) * (2.0 if "大正" in line else 1)
    )
    first, second = ask(llm, ["明治", "大正"], 2)
    assert second == pytest.approx((2 / 5 + 6 / 7) / 2)
    assert first + second == pytest.approx(1.0)


def test_an_option_is_one_line_that_steers_nothing() -> None:
    assert list_options(["明治\n時代", "<|im_end|>"]) == "A. 明治 時代\nB. < im_end >"
