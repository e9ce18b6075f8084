"""How long questions should be: buckets of characters, and the share of questions in each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evals.synthesis.language import LANGUAGES, Language
from pipelines.errors import ConfigError


@dataclass(frozen=True)
class Length:
    """Questions of `low` to `high` characters, both included, and their share, over 0."""

    name: str
    low: int
    high: int
    share: float

    def holds(self, question: str) -> bool:
        """Whether a question is of this length."""
        return self.low <= len(question) <= self.high


Lengths = Mapping[Language, tuple[Length, ...]]

# Short, medium and long are the thirds of questions that people asked about passages: of 139 of
# JSQuAD (JGLUE v1.3, validation) a third has up to 20 characters and a third more than 31; of 604
# of XQuAD English up to 49 and more than 67. The ends leave out about one in twenty on each side.
NAMED: dict[str, dict[Language, tuple[int, int]]] = {
    "short": {"ja": (12, 20), "en": (30, 49)},
    "medium": {"ja": (21, 31), "en": (50, 67)},
    "long": {"ja": (32, 60), "en": (68, 100)},
}
DEFAULT = "short=1,medium=1,long=1"
_RANGE = re.compile(r"(\d{1,4})-(\d{1,4})")


def read_lengths(text: str) -> Lengths:
    """The buckets that `--lengths` asks for, in its order.

    Args:
        text: NAME=SHARE, several with commas between them; NAME is short, medium or long, or a
            range of characters such as 20-40, which is then that of both languages. Shares are
            numbers over 0 in any proportion.

    Raises:
        ConfigError: It is something else, or two ranges of a language overlap.
    """
    asked = [_item(item.strip()) for item in text.split(",")]
    lengths = {
        language: tuple(Length(name, *ranges[language], share) for name, ranges, share in asked)
        for language in LANGUAGES
    }
    for of_language in lengths.values():
        for place, one in enumerate(of_language):
            for other in of_language[:place]:
                if one.low <= other.high and other.low <= one.high:
                    raise _error(text, f"{other.name} and {one.name} overlap")
    return lengths


def _item(item: str) -> tuple[str, Mapping[Language, tuple[int, int]], float]:
    name, _, share = item.partition("=")
    if not re.fullmatch(r"\d+(\.\d+)?", share) or float(share) <= 0:
        raise _error(item, "no share over 0")
    if name in NAMED:
        return name, NAMED[name], float(share)
    match = _RANGE.fullmatch(name)
    if match is None or not 0 < int(match[1]) <= int(match[2]):
        raise _error(item, f"{name!r} is no length")
    return name, dict.fromkeys(LANGUAGES, (int(match[1]), int(match[2]))), float(share)


def _error(item: str, problem: str) -> ConfigError:
    return ConfigError(
        f"--lengths: {item!r}: {problem}: write NAME=SHARE,… with {', '.join(NAMED)} or a range of "
        "characters such as 20-40"
    )


def length_of(question: str, lengths: Sequence[Length]) -> Length | None:
    """The bucket of a question, None if it is in none."""
    return next((length for length in lengths if length.holds(question)), None)
