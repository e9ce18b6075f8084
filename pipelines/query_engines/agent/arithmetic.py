"""Exact arithmetic over a written expression: parsed here, never evaluated as code."""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

from pipelines.errors import YomitokiError

MOST_CHARS = 300
MOST_DEPTH = 30
# Of a numerator and of a denominator; about 1,200 digits.
MOST_BITS = 4096
# What a value that is no finite decimal, or a very long one, is rounded to.
SHOWN_DIGITS = 15
LONGEST_EXACT_DIGITS = 40

# What a language model may write, in the Lark dialect of llguidance: a subset of what `calculate`
# reads, with one way to put blanks, because a weak model writes blanks without end where it may.
GRAMMAR = r"""
start: sum
sum: product (SUM_SIGN product)*
product: power (PRODUCT_SIGN power)*
power: atom (POWER_SIGN atom)?
atom: NUMBER | "(" sum ")" | "-" NUMBER
SUM_SIGN: / [+-] /
POWER_SIGN: / \*\* /
PRODUCT_SIGN: / (\*|\/|\/\/|%) /
NUMBER: /[0-9]{1,15}(\.[0-9]{1,10})?/
"""

_SIGNS = str.maketrans("×÷−–", "*/--")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|(\*\*|//|[-+*/%()]))")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_WRITTEN = re.compile(r"[\d(][\d\s.,+\-*/%()]*[\d)]")
# Beside an expression a question has few words: 「12×34はいくつですか？」.
MOST_WORDS_CHARS = 20


class ExpressionError(YomitokiError):
    """An expression that can't be read, has no value, or would cost too much."""


def calculate(expression: str) -> Fraction:
    """The exact value of an expression.

    Numbers in decimals, ``+ - * / // % **`` and parentheses with the precedence and the rounding
    down of Python; ``× ÷``, full-width characters and thousands in commas are read as well.

    Args:
        expression: At most 300 characters, 30 levels deep.

    Raises:
        ExpressionError: It is no expression, divides by zero, raises to a power that is no whole
            number, or a value on the way has more than 4,096 bits.
    """
    if len(expression) > MOST_CHARS:
        raise ExpressionError(
            f"expression: {len(expression)} characters are too long: at most {MOST_CHARS}"
        )
    return _Parser(_tokens(_plain(expression))).value()


def written_in(question: str) -> str:
    """The expression that a question is about, if it stands in it as such, else "".

    All digits of the question are in it, and there are few words around it.
    """
    plain = _plain(question)
    found = [m.group().strip() for m in _WRITTEN.finditer(plain)]
    if len(found) != 1 or not re.search(r"[+*/%]|\d\s*-", found[0]):
        return ""
    around = plain.replace(found[0], "", 1)
    if re.search(r"\d", around) or len(around.strip()) > MOST_WORDS_CHARS:
        return ""
    try:
        calculate(found[0])
    except ExpressionError:
        return ""
    return found[0]


def shown(value: Fraction) -> tuple[str, bool]:
    """A value in decimals, and whether that is exact; else it is rounded to 15 digits."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    # A finite decimal with a denominator of n bits has at most n places.
    digits = len(str(abs(value.numerator))) + value.denominator.bit_length()
    exact = rest == 1 and digits <= LONGEST_EXACT_DIGITS
    with localcontext() as context:
        context.prec = LONGEST_EXACT_DIGITS if exact else SHOWN_DIGITS
        quotient = Decimal(value.numerator) / Decimal(value.denominator)
        if value.denominator == 1 and not exact:
            return f"{quotient:.{SHOWN_DIGITS - 1}e}", False
        text = f"{quotient:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text), exact


def _plain(text: str) -> str:
    return _GROUPED.sub("", unicodedata.normalize("NFKC", text).translate(_SIGNS))


def _tokens(text: str) -> list[str]:
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ExpressionError(
                f"expression: {text[at : at + 10]!r} can't be read: it may hold numbers, "
                "+ - * / // % ** and parentheses"
            )
        tokens.append(match.group(1) or match.group(2))
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent over the tokens; the methods are the grammar's rules."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def value(self) -> Fraction:
        value = self._sum()
        if self._at < len(self._tokens):
            raise ExpressionError(f"expression: {self._tokens[self._at]!r} stands where none may")
        return value

    def _sum(self) -> Fraction:
        return self._chain(self._product, {"+": operator.add, "-": operator.sub})

    def _product(self) -> Fraction:
        signs = {"*": operator.mul, "/": _divided, "//": _floored, "%": _remainder}
        return self._chain(self._signed, signs)

    def _chain(
        self,
        part: Callable[[], Fraction],
        signs: dict[str, Callable[[Fraction, Fraction], Fraction]],
    ) -> Fraction:
        value = part()
        while (sign := self._peek()) in signs:
            self._at += 1
            value = _bounded(signs[sign](value, part()))
        return value

    def _signed(self) -> Fraction:
        if self._peek() == "-":
            self._at += 1
            return -self._deeper(self._signed)
        return self._power()

    def _power(self) -> Fraction:
        base = self._atom()
        if self._peek() != "**":
            return base
        self._at += 1
        return _raised(base, self._deeper(self._signed))

    def _atom(self) -> Fraction:
        token = self._peek()
        if token and (token[0].isdigit() or token[0] == "."):
            self._at += 1
            return _bounded(Fraction(token))
        if token != "(":
            raise ExpressionError(f"expression: a number is missing {self._place()}")
        self._at += 1
        value = self._deeper(self._sum)
        if self._peek() != ")":
            raise ExpressionError(f"expression: ')' is missing {self._place()}")
        self._at += 1
        return value

    def _deeper(self, rule: Callable[[], Fraction]) -> Fraction:
        if self._depth >= MOST_DEPTH:
            raise ExpressionError(f"expression: more than {MOST_DEPTH} levels deep")
        self._depth += 1
        value = rule()
        self._depth -= 1
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _place(self) -> str:
        return f"before {self._peek()!r}" if self._peek() else "at its end"


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise ExpressionError(f"expression: a value on the way has more than {MOST_BITS} bits")
    return value


def _nonzero(value: Fraction) -> Fraction:
    if not value:
        raise ExpressionError("expression: it divides by zero")
    return value


def _divided(left: Fraction, right: Fraction) -> Fraction:
    return left / _nonzero(right)


def _floored(left: Fraction, right: Fraction) -> Fraction:
    return Fraction(left // _nonzero(right))


def _remainder(left: Fraction, right: Fraction) -> Fraction:
    return left % _nonzero(right)


def _raised(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1:
        raise ExpressionError(f"expression: {exponent} is no whole number to raise to")
    power = int(exponent)
    if power < 0:
        base, power = 1 / _nonzero(base), -power
    if base in (0, 1, -1):
        return base ** (power if power < 2 else 2 - power % 2)
    # At least this many bits come out: refused before the work is done.
    bits = max(base.numerator.bit_length(), base.denominator.bit_length()) - 1
    if max(bits, 1) * power > MOST_BITS:
        raise ExpressionError(f"expression: a value on the way has more than {MOST_BITS} bits")
    return _bounded(base**power)
