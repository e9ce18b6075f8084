"""The options of a multiple-choice question: what may be given, and how a text holds them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import ascii_uppercase

from pipelines.config_yaml import is_text
from pipelines.errors import ConfigError

# A letter each.
MOST_OPTIONS = len(ascii_uppercase)
_LINE = re.compile(r"^\s*[(（]?([A-ZＡ-Ｚ])[)）.．:：、]\s*(\S.*?)\s*$")


def wrong_options(options: Sequence[str]) -> str | None:
    """What is wrong with the options of a question, None where nothing is."""
    if not 2 <= len(options) <= MOST_OPTIONS:
        return f"{len(options)} given: give 2 to {MOST_OPTIONS}"
    if any(not option.strip() for option in options):
        return "one of them is empty: write each one's text"
    if len({option.strip() for option in options}) < len(options):
        return "two of them are equal: give each once"
    return None


def checked_options(options: Sequence[str]) -> list[str]:
    """The options without white space around them.

    Raises:
        ConfigError: They are fewer than 2 or more than 26, or one is empty or given twice.
    """
    if problem := wrong_options(options):
        raise ConfigError(f"options: {problem}")
    return [option.strip() for option in options]


def read_options(value: object) -> list[str]:
    """The options of a record, in their order: a list of texts, or texts by letter from A on.

    Raises:
        ValueError: It is neither, or `wrong_options` finds fault.
    """
    if isinstance(value, dict):
        letters = sorted(value, key=str.upper)
        if [key.upper() for key in letters] != list(ascii_uppercase[: len(letters)]):
            raise ValueError("the keys must be the letters from A on, or write a list")
        value = [value[key] for key in letters]
    if not isinstance(value, list) or not all(isinstance(option, str) for option in value):
        raise ValueError("must be a list of texts, or an object of texts by letter")
    if problem := wrong_options(value):
        raise ValueError(problem)
    if not all(is_text(option) for option in value):
        raise ValueError("NUL or half of a surrogate pair is not text")
    return value


def split_lettered(text: str) -> tuple[str, list[str]]:
    """A question and the options written below it: ``A. …`` in lines of their own, from A on.

    Returns:
        (question, options), the options [] where the text's last lines are not such a list.
    """
    lines = text.rstrip().split("\n")
    matches = [_LINE.match(line) for line in lines]
    for start in range(len(lines) - 1):
        found = [match for match in matches[start:] if match]
        letters = "".join(match[1] for match in found)
        if len(found) == len(lines) - start and _folded(letters) == ascii_uppercase[: len(found)]:
            return "\n".join(lines[:start]).strip(), [match[2] for match in found]
    return text, []


def _folded(letters: str) -> str:
    return "".join(chr(ord(c) - 0xFEE0) if c > "Z" else c for c in letters)
