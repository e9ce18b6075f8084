"""How alike two morae sound, learnt from what people misheard."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipelines.japanese.morae import LONG, STOP, split_mora

ONSETS = ("", "k", "g", "s", "z", "t", "d", "n", "h", "b", "p", "m", "y", "r", "w",
          "sh", "j", "ch", "ts", "f", "v", "N", "R", "Q")  # fmt: skip
GLIDES = ("-", "y")
VOWELS = ("a", "i", "u", "e", "o", "-")
# What a mora costs that one of the two lacks; lengths and stops are often missed.
GAP = 5.0
_GAPS = {LONG: 2.0, STOP: 3.0}


def _table(rows: str) -> NDArray[np.float64]:
    lines = rows.split("\n")
    return np.array([[int(value) / 10 for value in line.split()] for line in lines])


# Tenths of ln P(a, b) / (P(a) P(b)), not below -50, of sounds at the same place in what was said
# and in what was heard; from half of the 4,089 pairs of the mishearing corpus (Kishiyama, CC0):
# `python -m benchmarks.mora_scores`. Rows and columns are ONSETS, GLIDES and VOWELS.
# fmt: off
_ONSET_SCORES = _table("""\
22 -42 -31 -41 -41 -44 -36 -32 -20 -25 -25 -33 -14 -26 -19 -31 -31 -29 -45 -22 9 -39 -30 -42
-42 20 -20 -34 -32 -28 -42 -49 -19 -23 -14 -35 -40 -39 -42 -32 -41 -25 -29 -18 1 -46 -46 -38
-31 -20 32 -47 -26 -39 -24 -28 -20 -9 -31 -26 -23 -23 -22 -50 -21 -50 -50 -31 -50 -44 -50 -50
-41 -34 -47 28 -15 -27 -35 -46 -24 -46 -35 -44 -50 -43 -36 -20 -29 -30 -14 -13 -50 -50 -46 -46
-41 -32 -26 -15 45 -50 -11 -34 -25 -22 -17 -50 -28 -20 -50 -39 -8 -17 -7 -18 27 -42 -40 -50
-44 -28 -39 -27 -50 25 -17 -44 -25 -36 -11 -43 -30 -36 -37 -46 -37 -29 -49 -28 -50 -50 -50 -50
-36 -42 -24 -35 -11 -17 32 -27 -50 -16 -15 -30 -34 -19 -32 -45 -25 -50 -50 -50 -50 -50 -44 -50
-32 -49 -28 -46 -34 -44 -27 24 -46 -30 -50 -22 -28 -24 -33 -50 -40 -23 -50 -39 -50 -39 -41 -50
-20 -19 -20 -24 -25 -25 -50 -46 38 -8 -11 -25 -16 -38 -27 -15 -37 -29 -36 1 -50 -50 -50 -29
-25 -23 -9 -46 -22 -36 -16 -30 -8 40 5 -6 -32 -16 -11 -50 -18 -26 -33 1 -50 -47 -44 -50
-25 -14 -31 -35 -17 -11 -15 -50 -11 5 51 -15 -22 -21 -50 -50 -50 -50 -15 3 -50 -50 -50 -22
-33 -35 -26 -44 -50 -43 -30 -22 -25 -6 -15 31 -50 -24 -23 -50 -33 -42 -42 -14 -50 -34 -40 -50
-14 -40 -23 -50 -28 -30 -34 -28 -16 -32 -22 -50 41 -18 -23 -22 -34 -19 -50 -22 -50 -46 -33 -50
-26 -39 -23 -43 -20 -36 -19 -24 -38 -16 -21 -24 -18 28 -47 -45 -19 -50 -46 -35 -50 -41 -43 -50
-19 -42 -22 -36 -50 -37 -32 -33 -27 -11 -50 -23 -23 -47 40 -50 -50 -50 -50 -50 -50 -48 -45 -35
-31 -32 -50 -20 -39 -46 -45 -50 -15 -50 -50 -50 -22 -45 -50 31 -13 -7 -36 -18 -50 -50 -50 -36
-31 -41 -21 -29 -8 -37 -25 -40 -37 -18 -50 -33 -34 -19 -50 -13 40 2 -50 -50 -50 -50 -50 -50
-29 -25 -50 -30 -17 -29 -50 -23 -29 -26 -50 -42 -19 -50 -50 -7 2 41 -11 -50 -50 -36 -40 -17
-45 -29 -50 -14 -7 -49 -50 -50 -36 -33 -15 -42 -50 -46 -50 -36 -50 -11 41 -11 -50 -31 -44 -26
-22 -18 -31 -13 -18 -28 -50 -39 1 1 3 -14 -22 -35 -50 -18 -50 -50 -11 51 -50 -50 -50 -50
9 1 -50 -50 27 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 -50 84 -50 -50 -50
-39 -46 -44 -50 -42 -50 -50 -39 -50 -47 -50 -34 -46 -41 -48 -50 -50 -36 -31 -50 -50 27 -15 -18
-30 -46 -50 -46 -40 -50 -44 -41 -50 -44 -50 -40 -33 -43 -45 -50 -50 -40 -44 -50 -50 -15 23 -23
-42 -38 -50 -46 -50 -50 -50 -50 -29 -50 -22 -50 -50 -50 -35 -36 -50 -17 -26 -50 -50 -18 -23 41""")
_GLIDE_SCORES = _table("""\
0 -27
-27 41""")
_VOWEL_SCORES = _table("""\
16 -40 -40 -36 -35 -50
-40 16 -27 -28 -39 -38
-40 -27 21 -33 -31 -35
-36 -28 -33 21 -39 -48
-35 -39 -31 -39 16 -44
-50 -38 -35 -48 -44 17""")
# fmt: on
TABLES = (_ONSET_SCORES, _GLIDE_SCORES, _VOWEL_SCORES)


def gap_score(mora: str) -> float:
    """What is lost where only one of the two has this mora."""
    return _GAPS.get(mora, GAP)


@cache
def mora_score(one: str, other: str) -> float:
    """Log-odds that the two stand for the same sound in what was said and what was heard."""
    onset, glide, vowel = split_mora(one)
    other_onset, other_glide, other_vowel = split_mora(other)
    return float(
        _ONSET_SCORES[ONSETS.index(onset), ONSETS.index(other_onset)]
        + _GLIDE_SCORES[int(glide), int(other_glide)]
        + _VOWEL_SCORES[VOWELS.index(vowel or "-"), VOWELS.index(other_vowel or "-")]
    )
