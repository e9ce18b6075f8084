"""Guessing the next tokens from the text so far, so that one pass can confirm several."""

from __future__ import annotations

from collections.abc import Sequence

# An answer that quotes its passages repeats whole stretches of the prompt. Two tokens in a row
# are enough to recognise one: a wrong guess costs next to nothing where memory is the limit.
SHORTEST_MATCH = 2
LONGEST_MATCH = 4


def draft(ids: Sequence[int], most: int) -> list[int]:
    """What followed the last tokens of `ids` where they stood before; [] if they never did.

    The longest match of 4 to 2 tokens wins, of equally long ones the latest.

    Args:
        ids: Prompt and answer so far.
        most: Tokens to guess at most.

    Source: prompt lookup decoding (A. Saxena 2023), n-gram drafts checked as in speculative
    decoding (Leviathan et al. 2023).
    """
    if most < 1:
        return []
    last = len(ids) - 1
    best, length = -1, SHORTEST_MATCH - 1
    for end in range(last - 1, 0, -1):
        if ids[end] != ids[last]:
            continue
        same = 1
        while same < LONGEST_MATCH and same <= end and ids[end - same] == ids[last - same]:
            same += 1
        if same > length:
            best, length = end, same
            if length == LONGEST_MATCH:
                break
    return list(ids[best + 1 : best + 1 + most]) if best >= 0 else []
