"""How alike two runs of morae sound as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.japanese.mora_scores import gap_score, mora_score


def mora_similarity(one: Sequence[str], other: Sequence[str]) -> float:
    """1 for the same morae, less for each that sounds otherwise, is missing or is added; may be
    below 0. Without morae on one side it is 0.

    The score of the best alignment of all morae of both (Needleman & Wunsch 1970, with the scores
    of `mora_scores`), over that of the one of the two that scores more with itself.
    """
    if not one or not other:
        return 0.0
    return _aligned(one, other) / max(_own(one), _own(other))


def _own(morae: Sequence[str]) -> float:
    return sum(mora_score(mora, mora) for mora in morae)


def _aligned(one: Sequence[str], other: Sequence[str]) -> float:
    gaps = [gap_score(mora) for mora in other]
    above = [0.0]
    for gap in gaps:
        above.append(above[-1] - gap)
    for mora in one:
        gap = gap_score(mora)
        row = [above[0] - gap]
        for place, heard in enumerate(other):
            row.append(
                max(
                    above[place] + mora_score(mora, heard),
                    above[place + 1] - gap,
                    row[-1] - gaps[place],
                )
            )
        above = row
    return above[-1]
