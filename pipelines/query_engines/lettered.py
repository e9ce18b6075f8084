"""A choice among lettered options, read from logits, whatever the order they stand in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from string import ascii_uppercase

from llama_index.core.base.llms.types import ChatMessage

from pipelines.llms.protocol import ChoiceScorer
from pipelines.prompts import inert


def letter(option: int) -> str:
    """The letter of an option's place, from 0: A, B, …, Z."""
    return ascii_uppercase[option]


def list_options(options: Sequence[str]) -> str:
    """The options with their letters, a line each."""
    return "\n".join(
        f"{letter(place)}. {' '.join(inert(option).split())}"
        for place, option in enumerate(options)
    )


def rotations(count: int, orders: int) -> list[list[int]]:
    """Up to `orders` cyclic orders of `count` options, evenly apart, the given order first.

    With as many orders as options, each option stands at each place once.
    """
    orders = min(orders, count)
    starts = [number * count // orders for number in range(orders)]
    return [[(start + place) % count for place in range(count)] for start in starts]


def choose_letter(
    llm: ChoiceScorer,
    options: Sequence[str],
    orders: int,
    messages: Callable[[str], Sequence[ChatMessage]],
) -> list[float]:
    """Probability of each option, in their order, averaged over cyclic orders of the list.

    A model prefers some letters and places whatever stands there; over all cyclic orders that
    preference is the same for every option.

    Args:
        llm: Scores the letters.
        options: 2 to 26.
        orders: Cyclic orders to average over; no more than there are options.
        messages: The prompt that shows a list of options, as `list_options` writes it.

    Raises:
        YomitokiError: The model would answer with none of the letters.

    Source: Zheng et al. 2024, "Large Language Models Are Not Robust Multiple Choice Selectors"
    (cyclic permutation).
    """
    chosen = rotations(len(options), orders)
    letters = [letter(place) for place in range(len(options))]
    prompts = [messages(list_options([options[option] for option in order])) for order in chosen]
    totals = [0.0] * len(options)
    for order, scores in zip(chosen, llm.score_choices(prompts, letters), strict=True):
        for place, option in enumerate(order):
            totals[option] += math.exp(scores[place])
    return [total / len(chosen) for total in totals]
