"""From which score on each grade counts, by grades that were given by hand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement, pairwise

from evals.statistics.agreement import kappa

CutPoints = tuple[float, ...]


def grades_by(scores: Sequence[float], cuts: CutPoints, scale: Sequence[int]) -> list[int]:
    """The grades of scores: the scale's second from the first cut point up, and so on.

    Args:
        scores: Any numbers.
        cuts: Ascending, one fewer than the scale has grades.
        scale: The grades, worst first.
    """
    return [scale[sum(score >= cut for cut in cuts)] for score in scores]


def fitted(scores: Sequence[float], grades: Sequence[int], scale: Sequence[int]) -> CutPoints:
    """The cut points under which kappa with linear weights is highest; of equals the lowest.

    Tried are the middles between neighbouring scores and one beyond either end: O(n²) for two
    grades, O(n³) for three.

    Raises:
        ValueError: No scores, or another number of grades.
    """
    if not scores or len(scores) != len(grades):
        raise ValueError("cut points: needs as many grades as scores, at least one")
    ranked = sorted(set(scores))
    places = [ranked[0] - 1, *((a + b) / 2 for a, b in pairwise(ranked)), ranked[-1] + 1]

    def agreement(cuts: CutPoints) -> float:
        found = kappa(list(grades), grades_by(scores, cuts, scale), weighted=True)
        return -1.0 if found is None else found

    return max(combinations_with_replacement(places, len(scale) - 1), key=agreement)


def held_out_grades(
    scores: Sequence[float], grades: Sequence[int], scale: Sequence[int]
) -> list[int]:
    """Each score's grade by the cut points that were fitted to the other half of them.

    The halves are the items at even and at odd places. With fewer than four items none is held
    out, and the list is empty.
    """
    if len(scores) < 4:
        return []
    cuts = [fitted(scores[1 - half :: 2], grades[1 - half :: 2], scale) for half in (0, 1)]
    return [grades_by([score], cuts[place % 2], scale)[0] for place, score in enumerate(scores)]
