"""Whether an answer contains the reference, by its accepted spellings."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def alias_match(answer: str, aliases: Sequence[str], groups: Sequence[Sequence[str]] = ()) -> bool:
    """Whether an answer says what the reference says, as far as spelling can tell.

    Answer and aliases are compared after NFKC and lower-casing, with white space left out. An
    alias that begins or ends with an ASCII letter or digit matches only where no further ASCII
    letter or digit touches it in the answer (11 does not hit 117, nor T5 MT5); white space of
    the answer parts words, so it touches nothing.

    Args:
        answer: What the system said.
        aliases: Accepted spellings; any one is enough.
        groups: Where given, these decide instead: each needs one hit among its spellings.

    Raises:
        ValueError: Neither aliases nor groups, or an alias of white space alone: such a question
            cannot be scored this way.
    """
    accepted = [list(group) for group in groups] or [list(aliases)]
    if not all(accepted):
        raise ValueError("alias_match: no alias to look for")
    letters, parted = _letters(answer)
    return all(any(_contains(letters, parted, alias) for alias in group) for group in accepted)


def _letters(text: str) -> tuple[str, list[bool]]:
    """Normalised text without white space, and for each place whether white space preceded it."""
    normal = unicodedata.normalize("NFKC", text).lower()
    letters: list[str] = []
    parted: list[bool] = []
    space = True
    for letter in normal:
        if letter.isspace():
            space = True
            continue
        letters.append(letter)
        parted.append(space)
        space = False
    parted.append(True)
    return "".join(letters), parted


def _contains(letters: str, parted: Sequence[bool], alias: str) -> bool:
    wanted, _ = _letters(alias)
    if not wanted:
        raise ValueError("alias_match: an alias is blank")
    start = letters.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        touches_before = start > 0 and not parted[start] and _is_ascii_word(letters[start - 1])
        touches_after = end < len(letters) and not parted[end] and _is_ascii_word(letters[end])
        if not (
            (_is_ascii_word(wanted[0]) and touches_before)
            or (_is_ascii_word(wanted[-1]) and touches_after)
        ):
            return True
        start = letters.find(wanted, start + 1)
    return False


def _is_ascii_word(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()
