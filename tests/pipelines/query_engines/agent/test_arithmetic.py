from __future__ import annotations

import random
import re
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.query_engines.agent.arithmetic import (
    GRAMMAR,
    ExpressionError,
    calculate,
    shown,
    written_in,
)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("48 * 12", 576),
        ("0.1 + 0.2", Fraction(3, 10)),
        ("1 / 3 * 3", 1),
        ("2 + 3 * 4 - 5", 9),
        ("(2 + 3) * 4", 20),
        ("-2 ** 2", -4),
        ("2 ** 3 ** 2", 512),
        ("2 ** -2", Fraction(1, 4)),
        ("(-1) ** 1001", -1),
        ("0 ** 0", 1),
        ("-7 // 2", -4),
        ("-7 % 3", 2),
        ("7.5 % 2", Fraction(3, 2)),
        ("1,234,567 + 1", 1_234_568),
        ("１２×３４÷２", 204),
        ("10−3", 7),
        (".5 * 2", 1),
        ("- - 3", 3),
        (
            "12345678901234567890 * 98765432109876543210",
            12345678901234567890 * 98765432109876543210,
        ),
    ],
)
def test_values_are_exact(expression: str, value: Fraction) -> None:
    assert calculate(expression) == value


numbers = st.integers(0, 999).map(str) | st.decimals(0, 99, places=2).map(str)
signs = st.sampled_from(["+", "-", "*", "/", "//", "%"])
expressions = st.recursive(
    numbers, lambda inner: st.tuples(inner, signs, inner).map(" ".join).map("({})".format)
)


@settings(deadline=None)
@given(expressions)
@example("(0.01 + ((0 // 1) / (1 // 1)))")
def test_values_are_those_of_python_over_fractions(expression: str) -> None:
    """Python evaluates the same text with a Fraction in the place of each number and parenthesis.

    Of fractions, // makes an int, and a division of two of them would make a float.
    """
    fractions = expression.replace("(", "F(")
    text = re.sub(r"\d+(\.\d+)?", lambda m: f"F('{m.group()}')", fractions)
    try:
        wanted = eval(text, {"F": Fraction})
    except ZeroDivisionError:
        with pytest.raises(ExpressionError, match="divides by zero"):
            calculate(expression)
        return
    assert calculate(expression) == wanted


@settings(deadline=None)
@given(st.text(alphabet="0123456789.+-*/%() ×÷e_a\n", max_size=40))
def test_any_text_has_a_value_or_a_reason(text: str) -> None:
    with suppress(ExpressionError):
        assert isinstance(calculate(text), Fraction)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "a number is missing at its end"),
        ("3 +", "a number is missing at its end"),
        ("3 4", "'4' stands where none may"),
        ("(3", "')' is missing"),
        ("3 $ 4", "can't be read"),
        ("__import__('os')", "can't be read"),
        ("1 / 0", "divides by zero"),
        ("1 % (2 - 2)", "divides by zero"),
        ("0 ** -1", "divides by zero"),
        ("2 ** 0.5", "no whole number"),
        ("9 ** 9 ** 9", "bits"),
        ("2 ** 100000", "bits"),
        ("10 ** 1000 * 10 ** 1000", "bits"),
        ("(" * 31 + "1" + ")" * 31, "levels deep"),
        ("-" * 31 + "1", "levels deep"),
        ("1 + " * 100 + "1", "too long"),
    ],
)
def test_what_has_no_value_says_why(expression: str, said: str) -> None:
    with pytest.raises(ExpressionError, match=said.replace("(", r"\(").replace(")", r"\)")):
        calculate(expression)


@pytest.mark.parametrize(
    ("value", "text", "exact"),
    [
        (Fraction(576), "576", True),
        (Fraction(-5, 2), "-2.5", True),
        (Fraction(3, 10), "0.3", True),
        (Fraction(1200), "1200", True),
        (Fraction(1, 3), "0.333333333333333", False),
        (Fraction(10**20), "1" + "0" * 20, True),
        (Fraction(10**50), "1.00000000000000e+50", False),
        (Fraction(1, 2**200), "0.", False),
        (Fraction(0), "0", True),
    ],
)
def test_values_are_shown_in_decimals(value: Fraction, text: str, exact: bool) -> None:
    written, is_exact = shown(value)
    assert written.startswith(text)
    assert is_exact == exact
    if exact:
        assert Fraction(written) == value


@pytest.mark.parametrize(
    ("question", "expression"),
    [
        ("12×34はいくつですか？", "12*34"),
        ("(3.5 + 2.25) * 4 = ?", "(3.5 + 2.25) * 4"),
        ("What is 1,200 * 0.15?", "1200 * 0.15"),
        ("１００−３７は？", "100-37"),
        ("魚道は1987年に何年目ですか？", ""),
        ("3人に12×34個ずつ配る", ""),
        ("りんごが12個あります。", ""),
        ("12 * は？", ""),
        ("12×34という式が教科書の何ページに載っていたかを調べて教えてください", ""),
    ],
)
def test_an_expression_in_a_question_is_found(question: str, expression: str) -> None:
    assert written_in(question) == expression


def test_what_the_grammar_allows_is_an_expression() -> None:
    """Walks of a model that has no preference, held to the grammar token by token."""
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer("byte")
    matcher = LLMatcher(tokenizer, LLMatcher.grammar_from_lark(GRAMMAR), log_level=0)
    assert not matcher.is_error(), matcher.get_error()
    chance, read = random.Random(5), 0
    for _ in range(60):
        walk = matcher.deep_copy()
        text = ""
        while not (walk.is_stopped() or (walk.is_accepting() and len(text) > 12)):
            mask = walk.compute_bitmask()
            allowed = [byte for byte in range(128) if mask[byte // 8] >> byte % 8 & 1]
            if len(text) > 60:  # Close what is open.
                allowed = [byte for byte in allowed if chr(byte) in ")0123456789"] or allowed
            byte = chance.choice(allowed)
            assert walk.consume_token(byte)
            text += chr(byte)
        failure = ""
        try:
            calculate(text)
            read += 1
        except ExpressionError as error:
            failure = str(error)
        assert not failure or re.search("zero|bits|whole|levels|too long", failure), text
    assert read > 20


@pytest.mark.parametrize("text", ["48 * 12", "(3 + 4) / 2.5", "-3 ** 2 // 7 % 5", "10 ** 8 - 1"])
def test_usual_expressions_are_in_the_grammar(text: str) -> None:
    from llguidance import LLMatcher, LLTokenizer

    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(GRAMMAR), log_level=0)
    assert matcher.consume_tokens(list(text.encode()))
    assert matcher.is_accepting()


@pytest.mark.parametrize(
    "text", ["48  * 12", "x", "1 +", "2**3", "__import__", "3 4", "1\n+ 2", "１"]
)
def test_nothing_else_is(text: str) -> None:
    from llguidance import LLMatcher, LLTokenizer

    matcher = LLMatcher(LLTokenizer("byte"), LLMatcher.grammar_from_lark(GRAMMAR), log_level=0)
    assert not (matcher.consume_tokens(list(text.encode())) and matcher.is_accepting())
