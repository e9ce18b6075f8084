from __future__ import annotations

import pytest

from evals.synthesis.slots import Slots, apportioned


def test_the_largest_remainders_round_up() -> None:
    # 7 * 5/10 = 3.5, 7 * 3/10 = 2.1, 7 * 2/10 = 1.4: 6 whole ones, the seventh to the remainder .5
    shares = {("open", "short"): 5.0, ("open", "medium"): 3.0, ("open", "long"): 2.0}
    assert list(apportioned(7, shares).values()) == [4, 2, 1]  # type: ignore[arg-type]


def test_what_is_wanted_most_comes_next_and_a_full_bucket_is_not_wanted() -> None:
    slots = Slots(3, ["open"], {"short": 1, "long": 2})
    assert slots.open == 3
    assert slots.next() == ("open", "long")
    slots.take("open", "long")
    assert slots.next() == ("open", "short")
    slots.take("open", "short")
    assert not slots.wants("open", "short")
    assert not slots.wants("options", "long")
    slots.take("open", "short")
    assert slots.open == 1
    slots.take("open", "long")
    with pytest.raises(ValueError, match="nothing is wanted"):
        slots.next()


def test_both_kinds_have_half_each() -> None:
    slots = Slots(8, ["open", "options"], {"short": 1, "long": 1})
    for kind in ("open", "options"):
        for length in ("short", "long"):
            slots.take(kind, length)  # type: ignore[arg-type]
            slots.take(kind, length)  # type: ignore[arg-type]
    assert slots.open == 0
