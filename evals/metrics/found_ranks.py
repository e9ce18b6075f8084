"""The ranks at which what is relevant was found, which measures of a ranking are computed from."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

# One for each relevant item: its 1-based rank, None if the ranking does not have it.
Ranks = Sequence[int | None]


def id_ranks(ranking: Sequence[Hashable], relevant: Collection[Hashable]) -> list[int | None]:
    """The rank of each relevant id; the first place of an id counts.

    Raises:
        ValueError: No relevant id: such a question has no score.
    """
    if not relevant:
        raise ValueError("ranks: needs at least one relevant item")
    places: dict[Hashable, int] = {}
    for rank, item in enumerate(ranking, start=1):
        places.setdefault(item, rank)
    return [places.get(item) for item in relevant]


def any_of(ranks: Ranks) -> list[int | None]:
    """Several items that say the same as one: it is found where the first of them is."""
    found = [rank for rank in ranks if rank is not None]
    return [min(found) if found else None]


def in_a_row(ranks: Ranks) -> list[int | None]:
    """The ranks with no two alike, in ascending order, those not found last.

    A node can hold several gold quotes. Gains are discounted by rank on the assumption that a rank
    has one item: two at rank 1 would be worth more than the best that a list of items can have. So
    items that share a rank count as if they followed each other from there on, and push back those
    behind them only as far as they must: [1, 1, 2, 5] is [1, 2, 3, 5].
    """
    placed: list[int | None] = []
    last = 0
    for rank in sorted(rank for rank in ranks if rank is not None):
        last = max(rank, last + 1)
        placed.append(last)
    return [*placed, *[None] * (len(ranks) - len(placed))]


def found_within(measure: str, ranks: Ranks, k: int) -> list[int]:
    """The ranks up to k, ascending.

    Raises:
        ValueError: No relevant item, or k < 1; named by the measure.
    """
    if k < 1 or not ranks:
        raise ValueError(f"{measure}: needs k >= 1 and at least one relevant item")
    return sorted(rank for rank in ranks if rank is not None and rank <= k)
