from __future__ import annotations

import pytest

from pipelines.llms.drafting import draft


@pytest.mark.parametrize(
    ("ids", "most", "expected"),
    [
        ([1, 2, 3, 4, 5, 1, 2], 3, [3, 4, 5]),
        ([1, 2, 3, 4, 5, 1, 2], 9, [3, 4, 5, 1, 2]),
        ([1, 2, 3, 4, 5, 9, 2], 3, []),  # one token alone recognises nothing
        ([1, 2, 7, 1, 2, 8, 1, 2], 1, [8]),  # the latest of two
        ([9, 1, 2, 7, 1, 2, 8, 9, 1, 2], 1, [7]),  # the longer match before the later one
        ([5, 5, 5], 4, [5]),
        ([1, 2], 4, []),
        ([], 4, []),
        ([1, 2, 3, 1, 2], 0, []),
    ],
)
def test_draft_is_what_followed_before(ids: list[int], most: int, expected: list[int]) -> None:
    assert draft(ids, most) == expected
